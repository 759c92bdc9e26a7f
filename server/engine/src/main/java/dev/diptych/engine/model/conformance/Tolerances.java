// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// How far a case's outputs may lie from the reference.
///
/// @param general    for outputs that `perOutput` does not name
/// @param isAbsolute whether differences count as they are; else as a part of the reference's largest value
record Tolerances(double general, Map<String, Double> perOutput, boolean isAbsolute) {
    /// A tensor holds float32: nothing finer can be asked of it, though a reference may have been written in float64.
    private static final double FLOAT32_STEP = 0x1p-23;

    /// @throws CaseFailure if `tolerance`, `tolerances` or `tolerance_kind` is missing or makes no sense
    static Tolerances of(Map<String, @Nullable Object> json) {
        Map<String, Double> perOutput = new HashMap<>();
        Object several = json.get("tolerances");
        if (several instanceof Map<?, ?> map) {
            map.forEach((name, value) -> perOutput.put(String.valueOf(name), number("tolerances." + name, value)));
        } else if (several != null) {
            throw new CaseFailure(CaseFolder.FILE + ": \"tolerances\" needs to be an object.");
        }
        Object kind = json.get("tolerance_kind");
        boolean isAbsolute = kind instanceof String text && text.startsWith("absolute");
        if (kind != null && !isAbsolute && !(kind instanceof String text && text.startsWith("relative"))) {
            throw new CaseFailure(
                    CaseFolder.FILE + ": \"tolerance_kind\" is " + kind + "; relative and absolute are known.");
        }
        return new Tolerances(number("tolerance", json.get("tolerance")), perOutput, isAbsolute);
    }

    private static double number(String key, @Nullable Object value) {
        if (value instanceof Number number && number.doubleValue() >= 0 && Double.isFinite(number.doubleValue())) {
            return number.doubleValue();
        }
        throw new CaseFailure(CaseFolder.FILE + ": \"" + key + "\" is " + value + ", a number of 0 or more is needed.");
    }

    /// Indices, steps and ids are right or wrong: for whole numbers of 64 bits only a tolerance of their own counts.
    double of(String output, Tensor expected) {
        Double own = perOutput.get(output);
        if (own == null && expected.type() == Tensor.Type.INT64) {
            return 0;
        }
        double tolerance = own == null ? general : own;
        return tolerance == 0 ? 0 : Math.max(tolerance, FLOAT32_STEP);
    }
}
