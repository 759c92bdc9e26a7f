// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// SHA-256 of files and folders, hexadecimal.
final class FileDigest {
    private FileDigest() {}

    static String ofFile(Path file) throws IOException {
        MessageDigest sha256 = sha256();
        update(sha256, file);
        return HexFormat.of().formatHex(sha256.digest());
    }

    /// Names and contents of all files below, whatever order the file system lists them in.
    static String ofFolder(Path folder) throws IOException {
        MessageDigest sha256 = sha256();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            sha256.update(folder.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
            update(sha256, file);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    static String ofTexts(List<String> texts) {
        MessageDigest sha256 = sha256();
        for (String text : texts) {
            sha256.update(text.getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    private static void update(MessageDigest sha256, Path file) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                sha256.update(buffer, 0, read);
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
