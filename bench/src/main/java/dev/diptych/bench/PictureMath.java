// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.api.value.Image;

import java.util.Arrays;

/// Distances between pictures of one size, in 8-bit RGB.
final class PictureMath {
    /// A difference of colour that an eye sees.
    private static final int VISIBLE = 8;

    private PictureMath() {}

    /// Pixels in which two pictures differ visibly, row by row.
    static boolean[] differing(Image a, Image b) {
        boolean[] differs = new boolean[a.width() * a.height()];
        for (int i = 0; i < a.bytes().length; i++) {
            differs[i / 3] |= Math.abs((a.bytes()[i] & 255) - (b.bytes()[i] & 255)) > VISIBLE;
        }
        return differs;
    }

    /// Mean of squared differences over the pixels where `where` is `value`; NaN if there is none.
    static double squaredError(Image a, Image b, boolean[] where, boolean value) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < a.bytes().length; i++) {
            if (where[i / 3] == value) {
                double difference = (a.bytes()[i] & 255) - (b.bytes()[i] & 255);
                sum += difference * difference;
                count++;
            }
        }
        return count == 0 ? Double.NaN : sum / count;
    }

    static double squaredError(Image a, Image b) {
        return squaredError(a, b, new boolean[a.width() * a.height()], false);
    }

    /// In decibels; no difference counts as one of 0.1 of 255.
    static double psnr(double squaredError) {
        return 10 * Math.log10(255 * 255 / Math.max(squaredError, 0.01));
    }

    /// Spearman's rank correlation of values with their order.
    static double rankCorrelation(double[] values) {
        int n = values.length;
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double mean = (n - 1) / 2.0;
        double covariance = 0;
        double variance = 0;
        double orderVariance = 0;
        for (int i = 0; i < n; i++) {
            double rank = rank(sorted, values[i]) - mean;
            covariance += rank * (i - mean);
            variance += rank * rank;
            orderVariance += (i - mean) * (i - mean);
        }
        return variance == 0 ? 0 : covariance / Math.sqrt(variance * orderVariance);
    }

    /// The mean of the ranks of equal values.
    private static double rank(double[] sorted, double value) {
        int below = 0;
        int equal = 0;
        for (double each : sorted) {
            below += each < value ? 1 : 0;
            equal += each == value ? 1 : 0;
        }
        return below + (equal - 1) / 2.0;
    }
}
