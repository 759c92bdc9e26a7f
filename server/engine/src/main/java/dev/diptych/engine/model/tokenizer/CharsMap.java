// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/// SentencePiece's precompiled rules of normalisation: the length of a double array, the array (a trie in Darts' layout), and the texts that its leaves point to,
/// each ended by a zero. The library follows the array unchecked, so every way through it is walked here first.
final class CharsMap {
    private final ByteBuffer bytes;
    private final int units;

    private CharsMap(ByteBuffer bytes, int units) {
        this.bytes = bytes;
        this.units = units;
    }

    /// @throws IllegalArgumentException if a way through the array leaves it, or leaves the texts
    static void check(byte[] map) {
        ByteBuffer bytes = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
        long size = map.length < 4 ? -1 : Integer.toUnsignedLong(bytes.getInt(0));
        if (size < 4 || size % 4 != 0 || size > map.length - 4) {
            throw new IllegalArgumentException("its rules of normalisation have a wrong length");
        }
        new CharsMap(bytes, (int) (size / 4)).walk();
    }

    private void walk() {
        int texts = 4 + 4 * units;
        BitSet seen = new BitSet();
        Deque<Integer> open = new ArrayDeque<>();
        open.push(offset(unit(0)));
        while (!open.isEmpty()) {
            int base = open.pop();
            if (base < 0 || (base | 0xff) >= units) {
                throw new IllegalArgumentException("its rules of normalisation point outside of themselves");
            }
            if (seen.get(base)) {
                continue;
            }
            seen.set(base);
            for (int label = 1; label < 256; label++) {
                int unit = unit(base ^ label);
                if ((unit & 0x800000ff) != label) {
                    continue;
                }
                int next = (base ^ label) ^ offset(unit);
                open.push(next);
                if ((unit >>> 8 & 1) == 1) {
                    checkText(next, texts);
                }
            }
        }
    }

    private void checkText(int node, int texts) {
        if (node < 0 || node >= units) {
            throw new IllegalArgumentException("its rules of normalisation point outside of themselves");
        }
        long text = texts + (long) (unit(node) & 0x7fffffff);
        if (text >= bytes.capacity()) {
            throw new IllegalArgumentException("its rules of normalisation point outside of their texts");
        }
        boolean isWithin = text > texts && (bytes.get((int) text) & 0xc0) == 0x80;
        if (isWithin) {
            throw new IllegalArgumentException("its rules of normalisation point into the middle of a character");
        }
    }

    private int unit(int index) {
        return bytes.getInt(4 + 4 * index);
    }

    private static int offset(int unit) {
        return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
    }
}
