// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.engine.value.Digests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// SHA-256 of what several parts make, hexadecimal.
final class FileDigest {
    private FileDigest() {}

    /// Names and contents of all files below, whatever order the file system lists them in.
    static String ofFolder(Path folder) throws IOException {
        MessageDigest sha256 = Digests.sha256();
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        for (Path file : files) {
            sha256.update(folder.relativize(file).toString().getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
            Digests.update(sha256, file);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }

    static String ofTexts(List<String> texts) {
        MessageDigest sha256 = Digests.sha256();
        for (String text : texts) {
            sha256.update(text.getBytes(StandardCharsets.UTF_8));
            sha256.update((byte) 0);
        }
        return HexFormat.of().formatHex(sha256.digest());
    }
}
