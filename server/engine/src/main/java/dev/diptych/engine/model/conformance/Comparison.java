// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;

/// One output beside its reference.
///
/// @param error   max|a - b| / max|b|, or max|a - b| where that is what counts; infinite if the two cannot be compared
/// @param reason  what is wrong; null if the output is within its tolerance
record Comparison(double error, double tolerance, @Nullable String reason) {
    static Comparison of(String name, Tensor expected, @Nullable Tensor actual, double tolerance, boolean isAbsolute) {
        if (actual == null) {
            return wrong(tolerance, "The output " + name + " is missing.");
        }
        if (!Arrays.equals(expected.shape(), actual.shape())) {
            return wrong(
                    tolerance,
                    "%s has the shape %s, the reference's is %s."
                            .formatted(name, Arrays.toString(actual.shape()), Arrays.toString(expected.shape())));
        }
        int length = expected.length();
        double largest = 0;
        double farthest = 0;
        int place = -1;
        for (int i = 0; i < length; i++) {
            double b = element(expected, i);
            double a = element(actual, i);
            if (Double.isNaN(b) || Double.isNaN(a)) {
                String whose = Double.isNaN(b) ? "The reference's " : "";
                return wrong(tolerance, whose + name + " is not a number at " + index(i, expected) + ".");
            }
            double difference = a == b ? 0 : Math.abs(a - b);
            largest = Double.isInfinite(b) ? largest : Math.max(largest, Math.abs(b));
            if (difference > farthest) {
                farthest = difference;
                place = i;
            }
        }
        double error = farthest == 0 || isAbsolute ? farthest : farthest / largest;
        if (error <= tolerance) {
            return new Comparison(error, tolerance, null);
        }
        return new Comparison(
                error,
                tolerance,
                "%s differs by %s at %s: %s, the reference has %s."
                        .formatted(
                                name,
                                number(error),
                                index(place, expected),
                                shown(actual, place),
                                shown(expected, place)));
    }

    private static Comparison wrong(double tolerance, String reason) {
        return new Comparison(Double.POSITIVE_INFINITY, tolerance, reason);
    }

    boolean passes() {
        return reason == null;
    }

    /// The error in tolerances, by which outputs are ordered.
    double severity() {
        if (error == 0) {
            return 0;
        }
        return tolerance == 0 ? Double.POSITIVE_INFINITY : error / tolerance;
    }

    private static double element(Tensor tensor, int i) {
        return switch (tensor.type()) {
            case FLOAT32 -> tensor.floats()[i];
            case INT64 -> tensor.longs()[i];
            case UINT8 -> Byte.toUnsignedInt(tensor.bytes()[i]);
        };
    }

    private static String shown(Tensor tensor, int i) {
        return tensor.type() == Tensor.Type.FLOAT32
                ? Float.toString(tensor.floats()[i])
                : Long.toString((long) element(tensor, i));
    }

    private static String index(int place, Tensor tensor) {
        int[] index = new int[tensor.rank()];
        int rest = place;
        for (int d = index.length - 1; d >= 0; d--) {
            index[d] = rest % tensor.size(d);
            rest /= tensor.size(d);
        }
        return Arrays.toString(index);
    }

    static String number(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2e", value);
    }
}
