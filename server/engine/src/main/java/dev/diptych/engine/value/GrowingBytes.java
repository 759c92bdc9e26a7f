// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Bytes that grow as they are written, big-endian.
final class GrowingBytes {
    private ByteBuffer buffer = ByteBuffer.allocate(64);

    /// Room for `count` bytes, to be filled by the caller.
    ByteBuffer reserve(int count) {
        grow(count);
        ByteBuffer room = buffer.slice(buffer.position(), count);
        buffer.position(buffer.position() + count);
        return room;
    }

    void put(int value) {
        grow(1);
        buffer.put((byte) value);
    }

    void put(byte[] bytes) {
        grow(bytes.length);
        buffer.put(bytes);
    }

    void putInt(int value) {
        grow(4);
        buffer.putInt(value);
    }

    void putLong(long value) {
        grow(8);
        buffer.putLong(value);
    }

    /// UTF-8, after its length.
    void putText(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        putInt(bytes.length);
        put(bytes);
    }

    byte[] toBytes() {
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    private void grow(int count) {
        if (buffer.remaining() < count) {
            int needed = Math.addExact(buffer.position(), count);
            int size = (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, buffer.capacity() * 2L));
            buffer = ByteBuffer.wrap(Arrays.copyOf(buffer.array(), size)).position(buffer.position());
        }
    }
}
