// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/// The entries of a mapped zip archive, as segments. Stored entries are parts of the mapping; deflated ones are inflated when asked for.
/// Names are only ever looked up, never made into paths. Every place and size is held against the file first.
final class ZipEntries {
    /* PKWARE's APPNOTE.TXT 6.3.10: 4.3.16 end of central directory, 4.3.14 and 4.3.15 the same of zip64, 4.3.12 central directory,
     * 4.3.7 local header (whose extra field may have another length), 4.5.3 zip64 extra field.
     */

    private static final String CODE = "engine/bad-zip";
    private static final int MOST_ENTRIES = 500_000;
    private static final int MOST_COMMENT = 65_535;
    private static final int END_BYTES = 22;
    private static final int END_SIGNATURE = 0x06054b50;
    private static final int END64_LOCATOR_BYTES = 20;
    private static final int END64_LOCATOR_SIGNATURE = 0x07064b50;
    private static final int END64_BYTES = 56;
    private static final int END64_SIGNATURE = 0x06064b50;
    private static final int CENTRAL_BYTES = 46;
    private static final int CENTRAL_SIGNATURE = 0x02014b50;
    private static final int LOCAL_BYTES = 30;
    private static final int LOCAL_SIGNATURE = 0x04034b50;
    private static final int ZIP64_EXTRA = 1;
    private static final long IN_ZIP64 = 0xffff_ffffL;
    private static final int STORED = 0;
    private static final int DEFLATED = 8;
    private static final int ENCRYPTED = 1;

    /// Deflate makes of a byte at most 1032; and a little for the smallest entries.
    private static final long MOST_EXPANSION = 1032;

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    private final String place;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// One entry.
    ///
    /// @param packed   its bytes in the archive
    /// @param bytes    its size once inflated
    /// @param deflated whether it must be
    private record Entry(MemorySegment packed, long bytes, boolean deflated) {}

    /// @param place the file's name, for messages
    /// @throws dev.diptych.api.error.NodeException `engine/bad-zip`, with the reason
    ZipEntries(MemorySegment file, String place) {
        this.file = file;
        this.place = place;
        readDirectory(findEnd());
    }

    /// Names in the order of the directory.
    Iterable<String> names() {
        return entries.keySet();
    }

    boolean has(String name) {
        return entries.containsKey(name);
    }

    /// The size of an entry once inflated.
    long bytes(String name) {
        return entry(name).bytes();
    }

    /// The contents of an entry.
    MemorySegment contents(String name) {
        Entry entry = entry(name);
        return entry.deflated() ? inflate(name, entry) : entry.packed();
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw BadFile.of(CODE, place, "the archive has no entry \"" + Shown.text(name) + "\".");
        }
        return entry;
    }

    private MemorySegment inflate(String name, Entry entry) {
        MemorySegment inflated = Arena.ofAuto().allocate(entry.bytes(), Long.BYTES);
        Inflater inflater = new Inflater(true);
        try (InputStream in = new InflaterInputStream(new SegmentInputStream(entry.packed()), inflater)) {
            byte[] buffer = new byte[1 << 16];
            long position = 0;
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                if (read > entry.bytes() - position) {
                    throw BadFile.of(
                            CODE, place, "the entry \"" + Shown.text(name) + "\" is longer than the archive says.");
                }
                MemorySegment.copy(buffer, 0, inflated, ValueLayout.JAVA_BYTE, position, read);
                position += read;
            }
            if (position != entry.bytes()) {
                throw BadFile.of(
                        CODE, place, "the entry \"" + Shown.text(name) + "\" is shorter than the archive says.");
            }
        } catch (IOException e) {
            throw BadFile.of(CODE, place, "the entry \"" + Shown.text(name) + "\" is damaged.").causedBy(e);
        } finally {
            inflater.end();
        }
        return inflated.asReadOnly();
    }

    /// Where the central directory is.
    private record Directory(long offset, long entries) {}

    private Directory findEnd() {
        long last = file.byteSize() - END_BYTES;
        for (long at = last; at >= Math.max(0, last - MOST_COMMENT); at--) {
            if (file.get(INT, at) == END_SIGNATURE && at + END_BYTES + unsignedShort(at + 20) == file.byteSize()) {
                Directory end = new Directory(unsignedInt(at + 16), unsignedShort(at + 10));
                boolean isZip64 =
                        end.offset() == IN_ZIP64 || end.entries() == 0xffff || unsignedInt(at + 12) == IN_ZIP64;
                return isZip64 ? zip64End(at - END64_LOCATOR_BYTES) : end;
            }
        }
        throw BadFile.of(CODE, place, "the end of the zip archive is missing. Fetch the file again.");
    }

    private Directory zip64End(long locator) {
        if (locator < 0 || file.get(INT, locator) != END64_LOCATOR_SIGNATURE) {
            throw damaged();
        }
        long at = file.get(LONG, locator + 8);
        require(at, END64_BYTES);
        if (file.get(INT, at) != END64_SIGNATURE) {
            throw damaged();
        }
        return new Directory(file.get(LONG, at + 48), file.get(LONG, at + 32));
    }

    private void readDirectory(Directory directory) {
        if (directory.entries() < 0 || directory.entries() > MOST_ENTRIES) {
            throw BadFile.of(CODE, place, "the archive has more than " + MOST_ENTRIES + " entries.");
        }
        long at = directory.offset();
        for (long i = 0; i < directory.entries(); i++) {
            require(at, CENTRAL_BYTES);
            if (file.get(INT, at) != CENTRAL_SIGNATURE) {
                throw damaged();
            }
            int nameBytes = unsignedShort(at + 28);
            int extraBytes = unsignedShort(at + 30);
            long length = CENTRAL_BYTES + nameBytes + extraBytes + unsignedShort(at + 32);
            require(at, length);
            String name =
                    new String(
                            file.asSlice(at + CENTRAL_BYTES, nameBytes).toArray(ValueLayout.JAVA_BYTE),
                            StandardCharsets.UTF_8);
            if (entries.putIfAbsent(name, entry(at, name, nameBytes, extraBytes)) != null) {
                throw BadFile.of(CODE, place, "the archive has two entries \"" + Shown.text(name) + "\".");
            }
            at += length;
        }
    }

    private Entry entry(long at, String name, int nameBytes, int extraBytes) {
        long[] sizes = {unsignedInt(at + 24), unsignedInt(at + 20), unsignedInt(at + 42)};
        readZip64(at + CENTRAL_BYTES + nameBytes, extraBytes, sizes);
        long bytes = sizes[0];
        long packedBytes = sizes[1];
        long local = sizes[2];
        int method = unsignedShort(at + 10);
        if ((unsignedShort(at + 8) & ENCRYPTED) != 0 || (method != STORED && method != DEFLATED)) {
            throw BadFile.of(
                    CODE,
                    place,
                    "the entry \""
                            + Shown.text(name)
                            + "\" is encrypted or packed by method "
                            + method
                            + "; stored and deflated ones are read.");
        }
        require(local, LOCAL_BYTES);
        if (file.get(INT, local) != LOCAL_SIGNATURE) {
            throw damaged();
        }
        long begin = local + LOCAL_BYTES + unsignedShort(local + 26) + unsignedShort(local + 28);
        require(begin, packedBytes);
        boolean isPossible =
                method == STORED ? bytes == packedBytes : bytes >= 0 && bytes <= (packedBytes + 1) * MOST_EXPANSION;
        if (!isPossible) {
            throw BadFile.of(
                    CODE,
                    place,
                    "the entry \"" + Shown.text(name) + "\" cannot hold as many bytes as the archive says.");
        }
        return new Entry(file.asSlice(begin, packedBytes), bytes, method == DEFLATED);
    }

    /// Replaces sizes of all ones by those in the extra field, which holds only these, in this order.
    private void readZip64(long extra, int extraBytes, long[] sizes) {
        long end = extra + extraBytes;
        for (long at = extra; at + 4 <= end; at += 4 + unsignedShort(at + 2)) {
            long fieldEnd = at + 4 + unsignedShort(at + 2);
            if (unsignedShort(at) == ZIP64_EXTRA && fieldEnd <= end) {
                long next = at + 4;
                for (int i = 0; i < sizes.length; i++) {
                    if (sizes[i] == IN_ZIP64 && next + 8 <= fieldEnd) {
                        sizes[i] = file.get(LONG, next);
                        next += 8;
                    }
                }
            }
        }
    }

    private int unsignedShort(long at) {
        return file.get(SHORT, at) & 0xffff;
    }

    private long unsignedInt(long at) {
        return file.get(INT, at) & 0xffff_ffffL;
    }

    private void require(long at, long bytes) {
        if (at < 0 || bytes < 0 || at > file.byteSize() || bytes > file.byteSize() - at) {
            throw damaged();
        }
    }

    private NodeException damaged() {
        return BadFile.of(CODE, place, "the directory of the zip archive is damaged. Fetch the file again.");
    }
}
