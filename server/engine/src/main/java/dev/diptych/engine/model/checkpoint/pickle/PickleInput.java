// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// The bytes of a pickle, read forwards. Every length is held against what is left before anything is allocated.
final class PickleInput {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfDouble BIG_ENDIAN_DOUBLE =
            ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final MemorySegment bytes;
    private long position;

    PickleInput(MemorySegment bytes, long position) {
        this.bytes = bytes;
        this.position = position;
    }

    long position() {
        return position;
    }

    int unsignedByte() {
        return bytes.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff;
    }

    int unsignedShort() {
        return bytes.get(SHORT, advance(2)) & 0xffff;
    }

    int signedInt() {
        return bytes.get(INT, advance(4));
    }

    long unsignedInt() {
        return signedInt() & 0xffff_ffffL;
    }

    long signedLong() {
        return bytes.get(LONG, advance(8));
    }

    double bigEndianDouble() {
        return bytes.get(BIG_ENDIAN_DOUBLE, advance(8));
    }

    byte[] bytes(long length) {
        if (length > Integer.MAX_VALUE - 16) {
            throw truncated(length);
        }
        long from = advance(length);
        return bytes.asSlice(from, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /// Python lets lone surrogates through; they read as replacement characters here.
    String text(long length) {
        return new String(bytes(length), StandardCharsets.UTF_8);
    }

    String ascii(long length) {
        return new String(bytes(length), StandardCharsets.ISO_8859_1);
    }

    /// Up to the end of the line, which is skipped.
    ///
    /// @param most characters allowed
    String line(int most) {
        long from = position;
        while (unsignedByte() != '\n') {
            if (position - from > most) {
                throw new PickleException("A line is longer than " + most + " characters.");
            }
        }
        byte[] line = bytes.asSlice(from, position - 1 - from).toArray(ValueLayout.JAVA_BYTE);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
        } catch (CharacterCodingException e) {
            throw new PickleException("A line is not written in UTF-8.");
        }
    }

    private long advance(long length) {
        if (length < 0 || length > bytes.byteSize() - position) {
            throw truncated(length);
        }
        long from = position;
        position += length;
        return from;
    }

    private PickleException truncated(long length) {
        return new PickleException(
                "It ends in the middle: "
                        + Long.toUnsignedString(length)
                        + " more bytes are needed at byte "
                        + position
                        + ", "
                        + (bytes.byteSize() - position)
                        + " are left.");
    }
}
