// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.PredictionType;

/// A deterministic DDIM step between two levels, linear in x and the network's output: x' = a x + b output.
///
/// @param a how much of x remains
/// @param b how much of the output is added
record Transition(double a, double b) {

    /// @param from, to ᾱ of the two levels
    static Transition between(PredictionType prediction, double from, double to) {
        double signalFrom = Math.sqrt(from);
        double noiseFrom = Math.sqrt(1 - from);
        double signalTo = Math.sqrt(to);
        double noiseTo = Math.sqrt(1 - to);
        return switch (prediction) {
            case EPSILON -> new Transition(signalTo / signalFrom, noiseTo - signalTo / signalFrom * noiseFrom);
            case SAMPLE -> new Transition(noiseTo / noiseFrom, signalTo - noiseTo / noiseFrom * signalFrom);
            case VELOCITY -> new Transition(
                    signalTo * signalFrom + noiseTo * noiseFrom, noiseTo * signalFrom - signalTo * noiseFrom);
        };
    }

    boolean isFinite() {
        return Double.isFinite(a) && Double.isFinite(b);
    }

    Tensor of(Tensor x, Tensor output) {
        return TensorMath.linear(a, x, b, output);
    }

    /// The x that this step would take to `reached`, if the output there were this one.
    Tensor back(Tensor reached, Tensor output) {
        return TensorMath.linear(1 / a, reached, -b / a, output);
    }
}
