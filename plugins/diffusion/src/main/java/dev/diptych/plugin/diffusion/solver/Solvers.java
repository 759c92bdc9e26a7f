// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.error.NodeException;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Makes solvers from what `scheduler_config.json` says, by its `_class_name`. Options that are left out have the default of that class in diffusers.
/// Each option is implemented or refused by name; the tables in the solvers' classes name the reference function of each.
public final class Solvers {
    @FunctionalInterface
    private interface Maker {
        Solver make(SchedulerConfig config, int steps, SchedulerConfig step);
    }

    private static final Map<String, Maker> MAKERS =
            Map.ofEntries(
                    Map.entry("DDPMScheduler", (config, steps, _) -> new DdpmSolver(config, steps)),
                    Map.entry("DDIMScheduler", DdimSolver::new),
                    Map.entry("DDIMInverseScheduler", (config, steps, _) -> new DdimInverseSolver(config, steps)),
                    Map.entry("UnCLIPScheduler", UnclipSolver::new),
                    Map.entry("EulerDiscreteScheduler", EulerSolver::new),
                    Map.entry(
                            "EulerAncestralDiscreteScheduler",
                            (config, steps, _) -> new EulerAncestralSolver(config, steps)),
                    Map.entry("HeunDiscreteScheduler", (config, steps, _) -> new HeunSolver(config, steps)),
                    Map.entry("DPMSolverMultistepScheduler", (config, steps, _) -> new DpmSolver(config, steps)),
                    Map.entry("UniPCMultistepScheduler", (config, steps, _) -> new UniPcSolver(config, steps)),
                    Map.entry("PNDMScheduler", (config, steps, _) -> new PndmSolver(config, steps)),
                    Map.entry("LCMScheduler", LcmSolver::new));

    private Solvers() {}

    /// A solver for one run.
    ///
    /// @param config as `scheduler_config.json` says it, `_class_name` included; unchanged
    /// @param steps  `num_inference_steps`; some solvers make more evaluations
    /// @throws NodeException `diffusion/unknown-solver`, `diffusion/scheduler-option`, `diffusion/steps`, `diffusion/no-signal`
    public static Solver of(Map<String, ?> config, int steps) {
        return of(config, steps, Map.of());
    }

    /// A solver for one run with arguments of the scheduler's `step`, such as `eta`.
    ///
    /// @param step by the reference's names; the solver's table says which there are
    /// @throws NodeException as [#of(Map, int)], also for an argument the solver does not have
    public static Solver of(Map<String, ?> config, int steps, Map<String, ?> step) {
        Object name = config.get("_class_name");
        Maker maker = name instanceof String text ? MAKERS.get(text) : null;
        if (maker == null) {
            throw NodeException.user(
                    "diffusion/unknown-solver",
                    "The scheduler \"%s\" is not implemented; there are %s.",
                    String.valueOf(name),
                    String.join(", ", classNames()));
        }
        SchedulerConfig options = new SchedulerConfig(String.valueOf(name), config);
        SchedulerConfig arguments = new SchedulerConfig(name + ".step", step);
        Solver solver = maker.make(options, steps, arguments);
        options.finish();
        arguments.finish();
        return solver;
    }

    /// The `_class_name`s that are understood, in alphabetical order.
    public static Set<String> classNames() {
        return new TreeSet<>(MAKERS.keySet());
    }
}
