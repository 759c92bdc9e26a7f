// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Reads a message in protobuf's wire format field by field. What is cut short, or of a wire type that no longer exists, is an error and never more.
final class ProtobufReader {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED_32 = 5;

    private final ByteBuffer in;
    private int wireType;

    ProtobufReader(ByteBuffer message) {
        in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /// @return the next field's number, or 0 at the end of the message
    int next() {
        if (!in.hasRemaining()) {
            return 0;
        }
        long tag = varint();
        wireType = (int) (tag & 7);
        long field = tag >>> 3;
        if (field == 0 || field > 0x1fffffff) {
            throw new IllegalArgumentException("a field has the number " + field);
        }
        return (int) field;
    }

    void skip() {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED_64 -> take(8);
            case BYTES -> bytes();
            case FIXED_32 -> take(4);
            default -> throw new IllegalArgumentException("a field has the wire type " + wireType);
        }
    }

    long number() {
        expect(VARINT);
        return varint();
    }

    float fixed() {
        expect(FIXED_32);
        return take(4).order(ByteOrder.LITTLE_ENDIAN).getFloat();
    }

    String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("a text is not UTF-8", e);
        }
    }

    ByteBuffer bytes() {
        expect(BYTES);
        long length = varint();
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a field of " + length + " bytes goes beyond the end");
        }
        return take((int) length);
    }

    private ByteBuffer take(int length) {
        if (length > in.remaining()) {
            throw new IllegalArgumentException("it ends within a field");
        }
        ByteBuffer taken = in.slice(in.position(), length);
        in.position(in.position() + length);
        return taken;
    }

    private void expect(int expected) {
        if (wireType != expected) {
            throw new IllegalArgumentException(
                    "a field has the wire type " + wireType + ", " + expected + " is needed");
        }
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!in.hasRemaining()) {
                throw new IllegalArgumentException("it ends within a number");
            }
            byte b = in.get();
            value |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number has more than 64 bits");
    }
}
