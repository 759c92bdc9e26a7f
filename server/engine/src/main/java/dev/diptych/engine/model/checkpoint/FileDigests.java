// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.value.Digests;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/// SHA-256 of files, each computed once: remembered in a small index by path, size, time of change and inode. A file that changed while it was
/// read, or just before, is not remembered. A damaged index is forgotten. Usable from any thread; of two processes the later one's index stays.
public final class FileDigests {
    private static final Logger LOG = LoggerFactory.getLogger(FileDigests.class);

    /// A file may change twice within what its time of change can tell apart.
    private static final Duration SETTLED = Duration.ofSeconds(2);

    private final Path index;
    private final Map<String, Remembered> remembered = new HashMap<>();

    /// @param state  size, time and inode as text
    private record Remembered(String state, String sha256) {}

    /// @param index a JSON file, made when the first digest is remembered
    public FileDigests(Path index) {
        this.index = index;
        read();
    }

    /// The digest of a file's contents, links followed: 64 hexadecimal digits.
    public String of(Path file) throws IOException {
        Path real = file.toRealPath();
        String before = state(real);
        synchronized (remembered) {
            Remembered known = remembered.get(real.toString());
            if (known != null && known.state().equals(before)) {
                return known.sha256();
            }
        }
        String digest = hash(real);
        boolean isSettled = Files.getLastModifiedTime(real).toInstant().isBefore(Instant.now().minus(SETTLED));
        if (isSettled && state(real).equals(before)) {
            synchronized (remembered) {
                remembered.put(real.toString(), new Remembered(before, digest));
                write();
            }
        }
        return digest;
    }

    private static String state(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return attributes.size() + " " + attributes.lastModifiedTime().toInstant() + " " + attributes.fileKey();
    }

    private static String hash(Path file) throws IOException {
        MessageDigest sha256 = Digests.sha256();
        byte[] buffer = new byte[1 << 18];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
            }
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private void read() {
        try {
            if (Files.exists(index)) {
                for (Map.Entry<String, JsonNode> entry :
                        new StrictJson().read(Files.readAllBytes(index)).properties()) {
                    String digest = entry.getValue().path("sha256").asText();
                    if (Digests.isDigest(digest)) {
                        remembered.put(entry.getKey(), new Remembered(entry.getValue().path("state").asText(), digest));
                    }
                }
            }
        } catch (IOException | DocumentException e) {
            LOG.warn("The index of digests {} cannot be read and is made anew: {}", index, e.toString());
        }
    }

    private void write() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        remembered.forEach(
                (file, entry) -> json.putObject(file).put("state", entry.state()).put("sha256", entry.sha256()));
        try {
            Path folder = index.resolveSibling("").toAbsolutePath();
            Files.createDirectories(folder);
            Path next = Files.createTempFile(folder, "digests", null);
            try {
                Files.write(next, json.toPrettyString().getBytes(StandardCharsets.UTF_8));
                Files.move(next, index, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(next);
            }
        } catch (IOException e) {
            LOG.warn("The index of digests {} cannot be written: {}", index, e.toString());
        }
    }
}
