// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.engine.value.AssetSource;
import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.PngWriter;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The pictures that a test gives, and the assets that plugins bring on the class path: `asset:<plugin>/cat.png` is the resource `assets/cat.png`.
final class TestAssets implements AssetSource {
    private final Map<String, byte[]> given = new HashMap<>();

    /// @return the reference that a document would have
    String add(Image image) {
        return add(PngWriter.write(image));
    }

    /// @return the reference that a document would have
    String add(Mask mask) {
        return add(PngWriter.write(mask));
    }

    private String add(byte[] file) {
        String digest = Digests.of(file);
        given.put(digest, file);
        return "asset:" + digest;
    }

    @Override
    public Optional<byte[]> read(String reference) throws IOException {
        byte[] file = given.get(reference);
        int slash = reference.indexOf('/');
        if (file != null || slash < 0) {
            return Optional.ofNullable(file);
        }
        ClassLoader loader = Thread.currentThread().getContextClassLoader();
        try (InputStream in = loader.getResourceAsStream("assets" + reference.substring(slash))) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        }
    }
}
