// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The outputs of one call of a node.
///
/// @param outputs by port
/// @param bytes   roughly, in memory and on disk
public record CacheEntry(SequencedMap<String, TypedValue> outputs, long bytes) {
    private static final int OVERHEAD_BYTES = 256;

    /// @param outputs    by port
    /// @param valueBytes the lengths of their encodings together
    public static CacheEntry of(SequencedMap<String, TypedValue> outputs, long valueBytes) {
        return new CacheEntry(outputs, valueBytes + OVERHEAD_BYTES);
    }

    /// As a file: the encoded outputs after their own digest, so that a damaged file gives itself away.
    byte[] toFile() {
        Map<String, Object> values = new LinkedHashMap<>();
        outputs.forEach((port, value) -> values.put(port, value.value()));
        byte[] body = ValueCodec.encode(values);
        byte[] digest = Digests.sha256().digest(body);
        byte[] file = new byte[digest.length + body.length];
        System.arraycopy(digest, 0, file, 0, digest.length);
        System.arraycopy(body, 0, file, digest.length, body.length);
        return file;
    }
}
