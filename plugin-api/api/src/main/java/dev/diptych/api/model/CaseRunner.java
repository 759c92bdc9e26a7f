// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.model;

import dev.diptych.api.value.Tensor;

import org.pf4j.ExtensionPoint;

import java.util.Map;

/// Computes a conformance case. Supplied by plugins, and by the engine for what is its own; the first one that [#runs] a case gets it.
///
/// ```java
/// @Extension
/// public final class KarrasCase implements CaseRunner {
///     public boolean runs(ConformanceCase test) {
///         return test.kind().equals("table") && test.architecture().equals("k-diffusion/get_sigmas_karras");
///     }
///
///     public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
///         return Map.of("sigmas", KarrasSchedule.of(test.json()).sigmas());
///     }
/// }
/// ```
public interface CaseRunner extends ExtensionPoint {
    /// Whether this is a case for it, judged by kind and architecture. A case that it then cannot run in all its options is still its own: [#run] says so.
    boolean runs(ConformanceCase test);

    /// Computes the outputs. It does not compare them: that is done for all runners in the same way, float32 within the case's tolerance and int64 exactly.
    ///
    /// @return at least the outputs that the case holds, by their names; further ones are ignored
    /// @throws UnsupportedOperationException if the case asks for what is not implemented, which the message names: the case is reported as unsupported.
    ///                                       So is one whose settings a [dev.diptych.api.error.NodeException] refuses
    /// @throws CaseFailure                   if something differs that is no tensor
    /// @throws Exception                     anything else fails this case alone, with the exception's message
    Map<String, Tensor> run(ConformanceCase test, CaseContext context) throws Exception;
}
