// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A denoiser that a case writes down: `out(x, t) = 0.6*sin(2*x + t/150) + 0.25*x; variance channels: 0.5*out(x, t + 7)`.
///
/// @param prediction of each element
/// @param variance   of each element, in as many channels again; null if there are none
record AnalyticField(Formula prediction, @Nullable Formula variance) {
    private static final Pattern DEFINITION =
            Pattern.compile("\\s*(\\w+)\\s*\\(\\s*x\\s*,\\s*t\\s*\\)\\s*=\\s*(.*)", Pattern.DOTALL);
    private static final Pattern VARIANCE = Pattern.compile("\\s*variance channels\\s*:\\s*(.*)", Pattern.DOTALL);
    private static final Pattern HOOK = Pattern.compile("\\s*x0\\s*->\\s*(.*)", Pattern.DOTALL);

    /// Reads definitions separated by semicolons; remarks follow in parentheses or after a comma.
    ///
    /// @throws UnsupportedOperationException if something else stands there
    static AnalyticField parse(String text) {
        Map<String, Formula> defined = new HashMap<>();
        Formula prediction = null;
        Formula variance = null;
        for (String part : text.split(";", -1)) {
            Matcher definition = DEFINITION.matcher(part);
            Matcher channels = VARIANCE.matcher(part);
            if (definition.matches()) {
                prediction = read(definition.group(2), defined);
                defined.put(definition.group(1), prediction);
            } else if (channels.matches()) {
                variance = read(channels.group(1), defined);
            } else {
                throw new UnsupportedOperationException("The field \"" + part.strip() + "\" is not understood");
            }
        }
        if (prediction == null) {
            throw new UnsupportedOperationException("The field \"" + text + "\" defines nothing");
        }
        return new AnalyticField(prediction, variance);
    }

    /// Reads a function of the picture: `x0 -> 0.7*x0 + 0.1, before clipping`.
    static Formula hook(String text) {
        Matcher hook = HOOK.matcher(text);
        if (!hook.matches()) {
            throw new UnsupportedOperationException("The function \"" + text + "\" is not understood");
        }
        return read(hook.group(1), Map.of());
    }

    private static Formula read(String text, Map<String, Formula> defined) {
        Formula.Parsed parsed = Formula.parse(text, defined);
        String rest = parsed.rest();
        if (!rest.isEmpty() && rest.charAt(0) != '(' && rest.charAt(0) != ',') {
            throw new UnsupportedOperationException("\"" + text + "\": \"" + rest + "\" is not understood");
        }
        return parsed.formula();
    }

    /// The output for an input.
    Tensor at(Tensor x, double timestep) {
        Tensor predicted = TensorMath.map(x, value -> prediction.at(value, timestep));
        Formula channels = variance;
        return channels == null
                ? predicted
                : Slices.joinChannels(predicted, TensorMath.map(x, value -> channels.at(value, timestep)));
    }
}
