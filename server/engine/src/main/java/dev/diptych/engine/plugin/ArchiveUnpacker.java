// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Enumeration;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/// Writes the files of an archive that [ArchiveCheck#check] has passed into a folder.
final class ArchiveUnpacker {
    private ArchiveUnpacker() {}

    /// @param size counts what is unpacked again: an archive may lie about it
    /// @throws BrokenPluginException if it is more than allowed
    static void unpack(Path archive, Path folder, UnpackedSize size) throws IOException {
        Path root = folder.toAbsolutePath().normalize();
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            for (Enumeration<? extends ZipEntry> all = zip.entries(); all.hasMoreElements(); ) {
                ZipEntry entry = all.nextElement();
                size.addEntry(entry.getSize());
                Path target = target(root, entry.getName());
                if (!target.startsWith(root)) {
                    throw new IOException("The entry " + entry.getName() + " leaves the folder");
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    try (OutputStream out = Files.newOutputStream(target, StandardOpenOption.CREATE_NEW)) {
                        copy(zip, entry, out, size);
                    }
                }
            }
        }
    }

    private static Path target(Path root, String name) throws IOException {
        try {
            return root.resolve(name).normalize();
        } catch (InvalidPathException e) {
            throw new IOException("An entry has a name that no file can have: " + e.getReason(), e);
        }
    }

    /// @throws BrokenPluginException if it is more than allowed
    /// @throws IOException if the entry is damaged
    static void copy(ZipFile zip, ZipEntry entry, OutputStream out, UnpackedSize size) throws IOException {
        byte[] buffer = new byte[1 << 16];
        CRC32 sum = new CRC32();
        try (InputStream in = zip.getInputStream(entry)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                size.addBytes(read);
                sum.update(buffer, 0, read);
                out.write(buffer, 0, read);
            }
        }
        if (sum.getValue() != entry.getCrc()) {
            throw new ZipException(entry.getName() + " does not have its checksum");
        }
    }
}
