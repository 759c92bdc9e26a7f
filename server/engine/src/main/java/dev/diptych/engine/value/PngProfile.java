// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// The colour profile in a PNG's `iCCP` chunk, which ImageIO skips.
final class PngProfile {
    private static final int MAX_PROFILE_BYTES = 4 << 20;
    private static final int ICCP = 0x69434350;
    private static final int IDAT = 0x49444154;

    private PngProfile() {}

    /// @return null if there is none, or it is damaged
    static byte @Nullable [] of(byte[] png) {
        ByteBuffer in = ByteBuffer.wrap(png).position(8);
        while (in.remaining() >= 12) {
            int length = in.getInt();
            int type = in.getInt();
            if (length < 0 || length > in.remaining() || type == IDAT) {
                return null;
            }
            if (type == ICCP) {
                return inflated(Arrays.copyOfRange(png, in.position(), in.position() + length));
            }
            in.position(Math.min(in.limit(), in.position() + length + 4));
        }
        return null;
    }

    private static byte @Nullable [] inflated(byte[] chunk) {
        int name = 0;
        while (name < chunk.length && chunk[name] != 0) {
            name++;
        }
        if (name + 2 >= chunk.length) {
            return null;
        }
        try (Inflater inflater = new Inflater()) {
            inflater.setInput(chunk, name + 2, chunk.length - name - 2);
            byte[] profile = new byte[MAX_PROFILE_BYTES];
            int length = inflater.inflate(profile);
            return inflater.finished() ? Arrays.copyOf(profile, length) : null;
        } catch (DataFormatException e) {
            return null;
        }
    }
}
