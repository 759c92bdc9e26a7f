// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.image;

import java.util.List;

/// Letters of five by seven pixels, enlarged. They are drawn here because a bare machine may have no font at all, and because a
/// picture must come out the same everywhere.
final class PixelFont {
    /// Height of a line with the space below it, before it is enlarged.
    static final int LINE = 9;

    private static final int WIDTH = 5;
    private static final int HEIGHT = 7;
    private static final int PITCH = 6;
    private static final char FIRST = ' ';
    private static final char LAST = '~';

    /// Seven rows for each sign from the space on, two hexadecimal digits a row, the leftmost pixel the highest of five bits.
    private static final String ROWS =
            "00000000000000040404040400040A0A00000000000A0A1F0A1F0A0A040F140E051E0418190204081303"
                    + "0C12140815120D0404000000000002040808080402080402020204080004150E1504000004041F040400"
                    + "000000000404080000001F00000000000000000404000102040810000E11131519110E040C040404040E"
                    + "0E11010608101F0E11010601110E02060A121F02021F101E0101110E0608101E11110E1F010204080808"
                    + "0E11110E11110E0E11110F01020C00040400040400000404000404080102040804020100001F001F0000"
                    + "100804020408100E1101020400040E11171517100F040A11111F11111E11111E11111E0E11101010110E"
                    + "1E11111111111E1F10101E10101F1F10101E1010100E11101311110F1111111F1111110E04040404040E"
                    + "0702020202120C111214181412111010101010101F111B1515111111111915131111110E11111111110E"
                    + "1E11111E1010100E11111115120D1E11111E1412110F10100E01011E1F0404040404041111111111110E"
                    + "11111111110A0411111115151B1111110A040A111111110A040404041F01020408101F0E08080808080E"
                    + "001008040201000E02020202020E040A11000000000000000000001F0804000000000000000E010F110F"
                    + "10101E1111111E00000F1010100F01010F1111110F00000E111F100F06081E0808080800000F110F010E"
                    + "10101E1111111104000C0404040E0200060202120C101012141814120C04040404040E00001A15151515"
                    + "00001E1111111100000E1111110E00001E111E101000000F110F01010000171810101000000F100E011E"
                    + "08081E080808060000111111110F00001111110A040000111515150A0000110A040A11000011110F010E"
                    + "00001F0204081F03040408040403040404040404041804040204041800000815020000";

    private PixelFont() {}

    /// Text that is laid out.
    ///
    /// @param scale pixels for each pixel of a letter
    record Line(List<String> lines, int scale, int width, int height) {
        /// Whether a letter covers a place, from the upper left corner of the text.
        boolean covers(int x, int y) {
            if (x < 0 || y < 0 || x >= width || y >= height) {
                return false;
            }
            String line = lines.get(y / (LINE * scale));
            int index = x / (PITCH * scale);
            return index < line.length() && isSet(line.charAt(index), x / scale % PITCH, y / scale % LINE);
        }
    }

    static Line layout(String text, int scale) {
        List<String> lines = text.lines().toList();
        int longest = lines.stream().mapToInt(String::length).max().orElse(0);
        return new Line(lines, scale, Math.max(0, longest * PITCH - 1) * scale, lines.size() * LINE * scale);
    }

    private static boolean isSet(char sign, int x, int y) {
        if (x >= WIDTH || y >= HEIGHT) {
            return false;
        }
        if (sign < FIRST || sign > LAST) {
            return x == 0 || y == 0 || x == WIDTH - 1 || y == HEIGHT - 1; // a box for what is not here
        }
        int at = ((sign - FIRST) * HEIGHT + y) * 2;
        return (Integer.parseInt(ROWS, at, at + 2, 16) >> (WIDTH - 1 - x) & 1) == 1;
    }
}
