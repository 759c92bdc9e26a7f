// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a JPEG's segments say that decoders keep to themselves (ITU-T T.81, B.1; ICC.1:2022, B.4).
final class JpegSegments {
    private static final int SOS = 0xda;
    private static final int EOI = 0xd9;
    private static final int APP2 = 0xe2;
    private static final byte[] ICC = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);

    /// Where a profile names the colour space of its data (ICC.1:2022, 7.2.6).
    private static final int SPACE = 16;

    private static final byte[] GREY = "GRAY".getBytes(StandardCharsets.US_ASCII);

    private JpegSegments() {}

    /// Whether the last scan has an end. Decoders fill with grey what is missing.
    static boolean areComplete(byte[] jpeg) {
        for (int i = jpeg.length - 2; i >= 0; i--) {
            if ((jpeg[i] & 255) == 0xff) {
                int marker = jpeg[i + 1] & 255;
                if (marker == EOI || marker == SOS) {
                    return marker == EOI;
                }
            }
        }
        return false;
    }

    /// The colour profile of a grey picture, which decoders leave out; that of colours they apply.
    ///
    /// @return null if there is none, or a part of it is missing
    static byte @Nullable [] greyProfile(byte[] jpeg) {
        byte[] profile = profile(jpeg);
        int end = SPACE + GREY.length;
        boolean isGrey =
                profile != null && profile.length >= end && Arrays.equals(profile, SPACE, end, GREY, 0, GREY.length);
        return isGrey ? profile : null;
    }

    private static byte @Nullable [] profile(byte[] jpeg) {
        SortedMap<Integer, byte[]> parts = new TreeMap<>();
        int count = 0;
        for (int at = 2; at + 4 <= jpeg.length && (jpeg[at] & 255) == 0xff && (jpeg[at + 1] & 255) != SOS; ) {
            int marker = jpeg[at + 1] & 255;
            int length = (jpeg[at + 2] & 255) << 8 | jpeg[at + 3] & 255;
            int data = at + 4;
            int end = at + 2 + length;
            if (length < 2 || end > jpeg.length) {
                return null;
            }
            int body = data + ICC.length + 2;
            if (marker == APP2 && body <= end && Arrays.equals(jpeg, data, data + ICC.length, ICC, 0, ICC.length)) {
                count = jpeg[body - 1] & 255;
                parts.put(jpeg[body - 2] & 255, Arrays.copyOfRange(jpeg, body, end));
            }
            at = end;
        }
        if (parts.isEmpty() || parts.size() != count) {
            return null;
        }
        ByteArrayOutputStream profile = new ByteArrayOutputStream();
        parts.values().forEach(profile::writeBytes);
        return profile.toByteArray();
    }
}
