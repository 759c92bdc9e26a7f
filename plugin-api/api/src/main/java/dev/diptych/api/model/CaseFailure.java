// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

/// A conformance case does not come out as the reference has it, in something that is no tensor: a text, a list of steps, the names of parameters.
public final class CaseFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// @param reason what differs: the place, what is expected, what was computed
    public CaseFailure(String reason) {
        super(reason);
    }
}
