// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import java.security.SecureRandom;
import java.util.function.LongSupplier;

/// Names for things that sort by the time they were made: 26 letters and digits, 48 bits of milliseconds and 80 random
/// ones, each greater than all before it, also when the clock is set back.
public final class Ulids {
    private static final String DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
    private static final int TIME_DIGITS = 10;

    private final SecureRandom random = new SecureRandom();
    private final LongSupplier milliseconds;
    private long time;
    private long high; // 16 random bits
    private long low; // 64 random bits

    /// @param milliseconds since 1970
    /// @param last         the greatest that was made before; empty if there is none
    public Ulids(LongSupplier milliseconds, String last) {
        this.milliseconds = milliseconds;
        for (int i = 0; i < Math.min(TIME_DIGITS, last.length()); i++) {
            time = time << 5 | DIGITS.indexOf(last.charAt(i));
        }
        time += last.isEmpty() ? 0 : 1;
        low = random.nextLong();
    }

    public synchronized String next() {
        long now = milliseconds.getAsLong();
        if (now > time) {
            time = now;
            high = random.nextInt(1 << 15);
            low = random.nextLong();
        } else if (++low == 0) {
            high++;
        }
        StringBuilder text = new StringBuilder(26);
        for (int shift = 45; shift >= 0; shift -= 5) {
            text.append(digit(time >>> shift));
        }
        // the 80 random bits in groups of five: the first three groups and one bit more are of the high word
        text.append(digit(high >>> 11)).append(digit(high >>> 6)).append(digit(high >>> 1));
        text.append(digit(high << 4 | low >>> 60));
        for (int shift = 55; shift >= 0; shift -= 5) {
            text.append(digit(low >>> shift));
        }
        return text.toString();
    }

    private static char digit(long bits) {
        return DIGITS.charAt((int) (bits & 31));
    }
}
