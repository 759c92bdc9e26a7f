// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import dev.diptych.engine.value.Digests;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What decides the result of one call of a node: its parts by name, and their digest. Equal keys mean equal results.
///
/// @param parts  what to tell a reader about each part: short values as they are written, longer ones as a digest
/// @param digest SHA-256 of all parts
public record CacheKey(SortedMap<String, String> parts, String digest) {
    /// Names of the parts that are no inputs.
    public static final String NODE = "node";

    public static final String PLUGIN = "plugin";
    public static final String ENGINE = "engine";
    public static final String COMPUTATION = "computation";

    private static final String INPUT = "input ";
    private static final String MODEL = "model ";

    /// @param node        type and version
    /// @param plugin      digest of the plugin and of what it depends on
    /// @param engine      version of the engine and of its libraries that compute
    /// @param computation number format, device class, and whether the job is deterministic
    /// @param inputs      digest of each input by port
    /// @param models      digest of each model that an input names, by its name
    public static CacheKey of(
            String node,
            String plugin,
            String engine,
            String computation,
            Map<String, String> inputs,
            Map<String, String> models) {
        SortedMap<String, String> parts = new TreeMap<>();
        parts.put(NODE, node);
        parts.put(PLUGIN, plugin);
        parts.put(ENGINE, engine);
        parts.put(COMPUTATION, computation);
        inputs.forEach((port, digest) -> parts.put(INPUT + port, digest));
        models.forEach((model, digest) -> parts.put(MODEL + model, digest));
        MessageDigest sha256 = Digests.sha256();
        parts.forEach((name, value) -> {
            sha256.update(name.getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
            sha256.update(value.getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
        });
        return new CacheKey(parts, HexFormat.of().formatHex(sha256.digest()));
    }

    /// Whether a part is the digest of a model that an input names.
    static boolean isModel(String part) {
        return part.startsWith(MODEL);
    }

    /// The port of a part, or empty text if the part is no input.
    static String port(String part) {
        return part.startsWith(INPUT) ? part.substring(INPUT.length()) : "";
    }
}
