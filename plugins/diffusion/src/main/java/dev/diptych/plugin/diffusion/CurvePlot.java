// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.value.Image;

import java.util.Arrays;

/// Draws curves over timesteps, 0 to 1 from bottom to top. No font is needed: the signs of the axes are drawn here.
final class CurvePlot {
    static final int BLUE = 0x2f6fb0;
    static final int ORANGE = 0xd0662b;
    static final int GREEN = 0x4a8f3c;

    private static final int WIDTH = 640;
    private static final int HEIGHT = 400;
    private static final int LEFT = 48;
    private static final int RIGHT = 20;
    private static final int TOP = 20;
    private static final int BOTTOM = 40;
    private static final int AXIS = 0x404040;
    private static final int GRID = 0xd8d8d8;
    private static final double THICKNESS = 2.2;
    private static final int SIGN = 3;

    /// Rows of three bits, from the top: the digits, then the point.
    private static final int[][] SIGNS = {
        {7, 5, 5, 5, 7},
        {2, 6, 2, 2, 7},
        {7, 1, 7, 4, 7},
        {7, 1, 7, 1, 7},
        {5, 5, 7, 1, 1},
        {7, 4, 7, 1, 7},
        {7, 4, 7, 5, 7},
        {7, 1, 2, 2, 2},
        {7, 5, 7, 5, 7},
        {7, 5, 7, 1, 7},
        {0, 0, 0, 0, 2}
    };

    private final byte[] bytes = new byte[WIDTH * HEIGHT * 3];
    private final int timesteps;

    /// @param timesteps how many the horizontal axis has, at least 1
    CurvePlot(int timesteps) {
        this.timesteps = timesteps;
        Arrays.fill(bytes, (byte) 255);
        for (int quarter = 0; quarter <= 4; quarter++) {
            double height = vertical(quarter / 4.0);
            double place = LEFT + quarter / 4.0 * (WIDTH - LEFT - RIGHT);
            line(LEFT, height, WIDTH - RIGHT, height, GRID, 1);
            line(place, TOP, place, HEIGHT - BOTTOM, GRID, 1);
            String label = String.valueOf(Math.round(quarter / 4.0 * (timesteps - 1)));
            write(label, (int) place - label.length() * 4 * SIGN / 2, HEIGHT - BOTTOM + 10);
        }
        write("0", LEFT - 16, (int) vertical(0) - 7);
        write("0.5", LEFT - 40, (int) vertical(0.5) - 7);
        write("1", LEFT - 16, (int) vertical(1) - 7);
        line(LEFT, vertical(0), WIDTH - RIGHT, vertical(0), AXIS, 1);
        line(LEFT, TOP, LEFT, vertical(0), AXIS, 1);
    }

    /// @param values one for each timestep, 0 to 1; what is outside is drawn at the edge
    CurvePlot curve(double[] values, int color) {
        for (int t = 1; t < values.length; t++) {
            line(horizontal(t - 1), vertical(values[t - 1]), horizontal(t), vertical(values[t]), color, THICKNESS);
        }
        return this;
    }

    /// An upright line.
    CurvePlot mark(int timestep) {
        line(horizontal(timestep), TOP, horizontal(timestep), vertical(0), AXIS, 1);
        return this;
    }

    Image image() {
        return Image.ofBytes(WIDTH, HEIGHT, 3, bytes.clone());
    }

    private double horizontal(int timestep) {
        return LEFT + timestep / Math.max(1.0, timesteps - 1) * (WIDTH - LEFT - RIGHT);
    }

    private static double vertical(double value) {
        return HEIGHT - BOTTOM - Math.clamp(value, 0, 1) * (HEIGHT - TOP - BOTTOM);
    }

    private void line(double x0, double y0, double x1, double y1, int color, double thickness) {
        double reach = thickness / 2 + 1;
        double squares = (x1 - x0) * (x1 - x0) + (y1 - y0) * (y1 - y0);
        for (int y = (int) (Math.min(y0, y1) - reach); y <= Math.max(y0, y1) + reach; y++) {
            for (int x = (int) (Math.min(x0, x1) - reach); x <= Math.max(x0, x1) + reach; x++) {
                double along = squares == 0 ? 0 : ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / squares;
                double nearest = Math.clamp(along, 0, 1);
                double distance = Math.hypot(x - x0 - nearest * (x1 - x0), y - y0 - nearest * (y1 - y0));
                cover(x, y, color, Math.clamp(thickness / 2 + 0.5 - distance, 0, 1));
            }
        }
    }

    private void write(String text, int left, int top) {
        for (int i = 0; i < text.length(); i++) {
            int[] rows = SIGNS[text.charAt(i) == '.' ? 10 : text.charAt(i) - '0'];
            for (int y = 0; y < rows.length * SIGN; y++) {
                for (int x = 0; x < 3 * SIGN; x++) {
                    cover(left + i * 4 * SIGN + x, top + y, AXIS, rows[y / SIGN] >> (2 - x / SIGN) & 1);
                }
            }
        }
    }

    private void cover(int x, int y, int color, double share) {
        if (share > 0 && x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT) {
            int at = 3 * (y * WIDTH + x);
            for (int c = 0; c < 3; c++) {
                int behind = bytes[at + c] & 255;
                bytes[at + c] = (byte) Math.round(behind + share * ((color >> (16 - 8 * c) & 255) - behind));
            }
        }
    }
}
