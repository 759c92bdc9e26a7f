// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import java.util.OptionalDouble;

/// How a case came out.
///
/// @param name      its folder's path below the one that is verified
/// @param kind      as its `case.json` says; empty if that cannot be read
/// @param error     of the output that lies farthest from the reference, measured in its tolerance; empty if nothing was compared
/// @param tolerance of that output
/// @param reason    why it did not pass; empty if it did
public record Verdict(
        String name, String kind, OptionalDouble error, OptionalDouble tolerance, Result result, String reason) {
    /// The ways to come out.
    public enum Result {
        /// All outputs lie within their tolerances.
        PASS,
        /// An output differs or is missing, the case is broken, or its runner threw.
        FAIL,
        /// Nobody computes this kind, or not with these options.
        UNSUPPORTED
    }

    static Verdict failed(String name, String kind, String reason) {
        return new Verdict(name, kind, OptionalDouble.empty(), OptionalDouble.empty(), Result.FAIL, reason);
    }

    static Verdict unsupported(String name, String kind, String reason) {
        return new Verdict(name, kind, OptionalDouble.empty(), OptionalDouble.empty(), Result.UNSUPPORTED, reason);
    }
}
