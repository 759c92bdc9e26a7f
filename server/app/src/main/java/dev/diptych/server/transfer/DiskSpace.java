// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Keeps what comes in from filling the disk.
public final class DiskSpace {
    private static final long SPARED_BYTES = 512L << 20;

    private DiskSpace() {}

    /// @param folder on the file system that is meant
    /// @param more   bytes that are going to be written
    /// @throws Downloads.FailedException if half a gigabyte would not be left
    public static void require(Path folder, long more) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free - more < SPARED_BYTES) {
            throw new Downloads.FailedException(
                    "There is no room: "
                            + (free >> 20)
                            + " MB are free, "
                            + ((more + SPARED_BYTES) >> 20)
                            + " MB are needed.");
        }
    }
}
