// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.schedule;

/// Quantiles of a beta distribution. The distribution function is the regularised incomplete beta function, by its continued
/// fraction (Abramowitz and Stegun 26.5.8), summed by Lentz's method; the quantile is found by bisection.
final class BetaDistribution {
    private static final int ITERATIONS = 300;

    private final double a;
    private final double b;
    private final double logBeta;

    BetaDistribution(double a, double b) {
        this.a = a;
        this.b = b;
        this.logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
    }

    /// Where the distribution function reaches `probability`.
    double quantile(double probability) {
        if (probability <= 0 || probability >= 1) {
            return probability <= 0 ? 0 : 1;
        }
        double low = 0;
        double high = 1;
        for (int i = 0; i < 100; i++) {
            double middle = (low + high) / 2;
            if (probabilityBelow(middle) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return (low + high) / 2;
    }

    double probabilityBelow(double x) {
        if (x <= 0 || x >= 1) {
            return x <= 0 ? 0 : 1;
        }
        double front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta);
        return x < (a + 1) / (a + b + 2) ? front * fraction(a, b, x) / a : 1 - front * fraction(b, a, 1 - x) / b;
    }

    private static double fraction(double a, double b, double x) {
        double c = 1;
        double d = 1 / (1 - (a + b) * x / (a + 1));
        double value = d;
        for (int m = 1; m <= ITERATIONS; m++) {
            double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
            d = 1 / (1 + even * d);
            c = 1 + even / c;
            value *= d * c;
            double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
            d = 1 / (1 + odd * d);
            c = 1 + odd / c;
            double change = d * c;
            value *= change;
            if (Math.abs(change - 1) < 1e-16) {
                break;
            }
        }
        return value;
    }

    /* Stirling's series, after shifting the argument above 10. */
    private static double logGamma(double z) {
        double shift = 0;
        while (z < 10) {
            shift -= Math.log(z);
            z += 1;
        }
        double inverse = 1 / (z * z);
        double series = (1.0 / 12 - inverse * (1.0 / 360 - inverse * (1.0 / 1260 - inverse / 1680))) / z;
        return shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series;
    }
}
