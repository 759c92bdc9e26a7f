// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// Holds cases against what their runners compute. A broken case, or a runner that throws, costs that case alone.
public final class Verifier {
    private static final Logger LOG = LoggerFactory.getLogger(Verifier.class);
    private static final long FORMAT = 1;
    private static final Set<String> SETTINGS =
            Set.of("model/config", "model/unknown-class", "engine/unknown-tokenizer");

    private final List<CaseRunner> runners;
    private final CaseContext context;

    /// @param runners of the plugins, in the order in which they are asked; the engine's own come after them
    public Verifier(List<CaseRunner> runners, CaseContext context) {
        List<CaseRunner> all = new ArrayList<>(runners);
        all.add(new NoiseRunner());
        all.add(new TokenizerRunner());
        all.add(new NetworkRunner());
        this.runners = List.copyOf(all);
        this.context = context;
    }

    /// Runs one case.
    public Verdict verify(CasePlace place) {
        CaseFolder test;
        try {
            test = CaseFolder.read(place.name(), place.folder());
        } catch (CaseFailure e) {
            return Verdict.failed(place.name(), "", String.valueOf(e.getMessage()));
        } catch (IOException | RuntimeException e) {
            return Verdict.failed(place.name(), "", CaseFolder.FILE + " cannot be read: " + e);
        }
        try {
            return run(test);
        } catch (UnsupportedOperationException e) {
            return Verdict.unsupported(test.name(), test.kind(), said(e));
        } catch (NodeException e) {
            return refuses(e)
                    ? Verdict.unsupported(test.name(), test.kind(), said(e))
                    : Verdict.failed(test.name(), test.kind(), said(e));
        } catch (CaseFailure e) {
            return Verdict.failed(test.name(), test.kind(), said(e));
        } catch (Exception | LinkageError | StackOverflowError | AssertionError e) {
            LOG.debug("Case {}", test.name(), e);
            return Verdict.failed(test.name(), test.kind(), e.getClass().getSimpleName() + ": " + said(e));
        }
    }

    /// Whether a setting is refused, which in a case, that holds what the reference does, means that it is not implemented. The engine's other errors speak of files
    /// that are broken.
    private static boolean refuses(NodeException e) {
        boolean isOfFiles = e.code().startsWith("engine/") || e.code().startsWith("model/");
        return e.kind() == ErrorKind.USER && (!isOfFiles || SETTINGS.contains(e.code()));
    }

    private static String said(Throwable e) {
        return Optional.ofNullable(e.getMessage()).orElse(e.getClass().getName());
    }

    private Verdict run(CaseFolder test) throws Exception {
        Object format = test.json().get("format");
        if (format != null && !format.equals(FORMAT)) {
            return Verdict.unsupported(
                    test.name(), test.kind(), "The case has the format " + format + ", " + FORMAT + " is known.");
        }
        CaseRunner runner = runner(test);
        if (runner == null) {
            return Verdict.unsupported(test.name(), test.kind(), nobody(test));
        }
        Tolerances tolerances = Tolerances.of(test.json());
        Map<String, Tensor> expected = test.outputs();
        Map<String, Tensor> actual = runner.run(test, context);
        return compared(test, tolerances, expected, actual);
    }

    private @Nullable CaseRunner runner(ConformanceCase test) {
        for (CaseRunner runner : runners) {
            if (runner.runs(test)) {
                return runner;
            }
        }
        return null;
    }

    private static String nobody(ConformanceCase test) {
        return test.architecture().isEmpty()
                ? "No plugin runs cases of the kind " + test.kind() + "."
                : "No plugin runs cases of the kind " + test.kind() + " for " + test.architecture() + ".";
    }

    private static Verdict compared(
            CaseFolder test, Tolerances tolerances, Map<String, Tensor> expected, Map<String, Tensor> actual) {
        List<Comparison> comparisons = new ArrayList<>();
        expected.forEach((name, tensor) ->
                comparisons.add(
                        Comparison.of(
                                name, tensor, actual.get(name), tolerances.of(name, tensor), tolerances.isAbsolute())));
        Comparison worst =
                comparisons.stream()
                        .max(Comparator.comparingDouble(Comparison::severity))
                        .orElse(new Comparison(0, tolerances.general(), null));
        List<String> reasons = new ArrayList<>();
        for (Comparison comparison : comparisons) {
            if (comparison.reason() != null) {
                reasons.add(comparison.reason());
            }
        }
        Object sensitivity = test.json().get("sensitivity");
        if (!reasons.isEmpty() && sensitivity instanceof Number moves) {
            reasons.add("The reference itself moves by " + Comparison.number(moves.doubleValue()) + ".");
        }
        return new Verdict(
                test.name(),
                test.kind(),
                OptionalDouble.of(worst.error()),
                OptionalDouble.of(worst.tolerance()),
                worst.passes() ? Verdict.Result.PASS : Verdict.Result.FAIL,
                String.join(" ", reasons));
    }
}
