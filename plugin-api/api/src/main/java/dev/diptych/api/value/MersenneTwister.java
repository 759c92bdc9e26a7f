// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

/// The generator mt19937: Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8 (1998), seeded as in their `init_genrand`.
/// PyTorch's `at::mt19937` and C++'s `std::mt19937` give the same sequence. Not safe for threads.
final class MersenneTwister {
    private static final int SIZE = 624;
    private static final int MIDDLE = 397;
    private static final int MATRIX = 0x9908b0df;

    private final int[] state = new int[SIZE];
    private int next = SIZE;

    MersenneTwister(int seed) {
        state[0] = seed;
        for (int i = 1; i < SIZE; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /// The next 32 bits.
    int next() {
        if (next == SIZE) {
            twist();
            next = 0;
        }
        int y = state[next++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    /// In three stretches, so that no index needs a remainder.
    private void twist() {
        for (int i = 0; i < SIZE - MIDDLE; i++) {
            state[i] = state[i + MIDDLE] ^ mixed(state[i], state[i + 1]);
        }
        for (int i = SIZE - MIDDLE; i < SIZE - 1; i++) {
            state[i] = state[i + MIDDLE - SIZE] ^ mixed(state[i], state[i + 1]);
        }
        state[SIZE - 1] = state[MIDDLE - 1] ^ mixed(state[SIZE - 1], state[0]);
    }

    private static int mixed(int upper, int lower) {
        int y = (upper & 0x80000000) | (lower & 0x7fffffff);
        return (y >>> 1) ^ (-(y & 1) & MATRIX);
    }
}
