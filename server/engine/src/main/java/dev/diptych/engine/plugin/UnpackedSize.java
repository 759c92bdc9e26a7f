// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

/// How much an archive has unpacked to, its libraries included, and how much it may. Not thread-safe.
final class UnpackedSize {
    private static final long MAX_BYTES = 2L << 30;
    private static final int MAX_ENTRIES = 100_000;

    private long bytesLeft;
    private int entriesLeft;

    UnpackedSize() {
        this(MAX_BYTES, MAX_ENTRIES);
    }

    UnpackedSize(long maxBytes, int maxEntries) {
        bytesLeft = maxBytes;
        entriesLeft = maxEntries;
    }

    /// @throws BrokenPluginException if that was too much
    void addBytes(long bytes) {
        require(bytesLeft >= bytes);
        bytesLeft -= bytes;
    }

    /// @param declaredBytes what the archive says of the entry's size; it may lie, and -1 stands for nothing said
    /// @throws BrokenPluginException if that would be too much
    void addEntry(long declaredBytes) {
        require(entriesLeft > 0 && bytesLeft >= declaredBytes);
        entriesLeft--;
    }

    private static void require(boolean fits) {
        if (!fits) {
            throw new BrokenPluginException(
                    "it unpacks to more than " + MAX_ENTRIES + " files or 2 GiB",
                    "ask its author for a smaller archive",
                    null);
        }
    }
}
