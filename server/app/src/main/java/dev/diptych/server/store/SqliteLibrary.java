// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import dev.diptych.engine.value.UserFolders;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteDataSource;
import org.sqlite.util.LibraryLoaderUtil;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.CodeSource;

/// SQLite's native library, unpacked once for each version. The driver by itself unpacks it at each start, and compares the copy with
/// the original byte by byte, which is a tenth of what a start of the server takes.
final class SqliteLibrary {
    private static final Logger LOG = LoggerFactory.getLogger(SqliteLibrary.class);
    private static final String FOLDER = "org.sqlite.lib.path";
    private static final String NAME = "org.sqlite.lib.name";

    private SqliteLibrary() {}

    /// Tells the driver where the library is, before its first connection. Whoever started the process may have told it already; where
    /// it cannot be unpacked, the driver goes its own way.
    static synchronized void prepare() {
        if (System.getProperty(FOLDER) != null) {
            return;
        }
        try {
            String jar = jarName();
            if (jar.matches("sqlite-jdbc-\\d.*\\.jar")) { // which says the version
                String version = jar.substring(0, jar.length() - ".jar".length());
                String resources = LibraryLoaderUtil.getNativeLibResourcePath(); // ends with system and processor
                String machine = resources.substring(resources.indexOf("/native/") + "/native/".length());
                Path folder = UserFolders.nativeLibraries(System.getenv()).resolve(version).resolve(machine);
                String name = LibraryLoaderUtil.getNativeLibName();
                if (!Files.exists(folder.resolve(name))) {
                    unpack(resources + "/" + name, folder, name);
                }
                System.setProperty(NAME, name);
                System.setProperty(FOLDER, folder.toString());
            }
        } catch (IOException | URISyntaxException e) {
            LOG.debug("The driver unpacks SQLite by itself: {}", e.toString());
        }
    }

    private static String jarName() throws URISyntaxException {
        CodeSource source = SQLiteDataSource.class.getProtectionDomain().getCodeSource();
        return source == null ? "" : String.valueOf(Path.of(source.getLocation().toURI()).getFileName());
    }

    private static void unpack(String resource, Path folder, String name) throws IOException {
        Files.createDirectories(folder);
        Path next = Files.createTempFile(folder, "next", null);
        try (InputStream in = SQLiteDataSource.class.getResourceAsStream(resource);
                FileChannel file = FileChannel.open(next, StandardOpenOption.WRITE)) {
            if (in == null) {
                throw new IOException("there is none for this machine in the driver");
            }
            OutputStream out = Channels.newOutputStream(file);
            in.transferTo(out);
            file.force(true);
            Files.move(next, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(next);
        }
    }
}
