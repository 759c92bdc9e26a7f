// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import java.util.Map;

/// How the way from noise to a picture is gone.
public enum SamplingMethod {
    /// As the model was published.
    OWN(""),
    /// Ancestral: noise is drawn at each step. Wants many steps.
    DDPM("DDPMScheduler"),
    /// Deterministic, or ancestral, as eta says.
    DDIM("DDIMScheduler"),
    /// Euler's method.
    EULER("EulerDiscreteScheduler"),
    /// Euler's method, with noise drawn at each step.
    EULER_ANCESTRAL("EulerAncestralDiscreteScheduler"),
    /// Two evaluations a step.
    HEUN("HeunDiscreteScheduler"),
    /// DPM-Solver++ of the second order.
    DPM_SOLVER("DPMSolverMultistepScheduler"),
    /// The same with noise drawn at each step.
    DPM_SOLVER_SDE("DPMSolverMultistepScheduler"),
    /// UniPC of the second order.
    UNIPC("UniPCMultistepScheduler"),
    /// PNDM with linear multisteps.
    PNDM("PNDMScheduler");

    private final String className;

    SamplingMethod(String className) {
        this.className = className;
    }

    /// The reference's class; empty for the model's own.
    String className() {
        return className;
    }

    /// Settings of the class that make it this method.
    Map<String, Object> settings() {
        return this == DPM_SOLVER_SDE
                ? Map.of("algorithm_type", "sde-dpmsolver++")
                : this == PNDM ? Map.of("skip_prk_steps", true) : Map.of();
    }

    /// As a document writes it.
    String word() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
}
