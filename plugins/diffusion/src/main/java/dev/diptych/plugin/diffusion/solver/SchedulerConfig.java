// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.solver;

import dev.diptych.api.error.NodeException;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;

/// Reads the options of one scheduler, once: each by name, with its default. What is left over at the end is an option nobody
/// implements, and is refused by name. As in diffusers, options of *other* schedulers are passed over: published files carry them along.
final class SchedulerConfig {
    /// Every option of a scheduler that is made here, and what old files carry.
    private static final Set<String> KNOWN_ELSEWHERE =
            Set.of(
                    "num_train_timesteps",
                    "beta_start",
                    "beta_end",
                    "beta_schedule",
                    "trained_betas",
                    "clip_sample",
                    "clip_sample_range",
                    "set_alpha_to_one",
                    "set_alpha_to_zero",
                    "steps_offset",
                    "prediction_type",
                    "thresholding",
                    "dynamic_thresholding_ratio",
                    "sample_max_value",
                    "timestep_spacing",
                    "rescale_betas_zero_snr",
                    "variance_type",
                    "interpolation_type",
                    "use_karras_sigmas",
                    "use_exponential_sigmas",
                    "use_beta_sigmas",
                    "use_lu_lambdas",
                    "use_flow_sigmas",
                    "flow_shift",
                    "sigma_min",
                    "sigma_max",
                    "timestep_type",
                    "final_sigmas_type",
                    "solver_order",
                    "algorithm_type",
                    "solver_type",
                    "lower_order_final",
                    "euler_at_final",
                    "lambda_min_clipped",
                    "use_dynamic_shifting",
                    "time_shift_type",
                    "predict_x0",
                    "disable_corrector",
                    "solver_p",
                    "shift_terminal",
                    "skip_prk_steps",
                    "original_inference_steps",
                    "timestep_scaling",
                    "tensor_format",
                    "timestep_values",
                    "timesteps_scaling");

    private final String owner;
    private final Map<String, ?> options;
    private final Set<String> read = new TreeSet<>();

    /// @param owner whose options these are, for messages
    SchedulerConfig(String owner, Map<String, ?> options) {
        this.owner = owner;
        this.options = options;
    }

    String owner() {
        return owner;
    }

    boolean flag(String name, boolean standard) {
        Object value = value(name);
        return switch (value) {
            case null -> standard;
            case Boolean flag -> flag;
            default -> throw wrong(name, value, "true or false");
        };
    }

    double number(String name, double standard) {
        Double number = number(name);
        return number == null ? standard : number;
    }

    @Nullable Double number(String name) {
        Object value = value(name);
        return switch (value) {
            case null -> null;
            case Number number -> number.doubleValue();
            case String text when text.equals("-Infinity") -> Double.NEGATIVE_INFINITY;
            case String text when text.equals("Infinity") -> Double.POSITIVE_INFINITY;
            default -> throw wrong(name, value, "a number");
        };
    }

    int integer(String name, int standard, IntPredicate allowed, String description) {
        Object value = value(name);
        if (value == null) {
            return standard;
        }
        if (value instanceof Number number
                && number.doubleValue() == Math.rint(number.doubleValue())
                && Math.abs(number.doubleValue()) < 1e9
                && allowed.test(number.intValue())) {
            return number.intValue();
        }
        throw wrong(name, value, description);
    }

    String choice(String name, String standard, String... allowed) {
        Object value = value(name);
        if (value == null) {
            return standard;
        }
        if (value instanceof String text && List.of(allowed).contains(text)) {
            return text;
        }
        throw wrong(name, value, "one of " + String.join(", ", allowed));
    }

    double @Nullable [] numbers(String name) {
        Object value = value(name);
        if (value == null) {
            return null;
        }
        if (value instanceof List<?> list && list.stream().allMatch(Number.class::isInstance)) {
            return list.stream().mapToDouble(element -> ((Number) element).doubleValue()).toArray();
        }
        throw wrong(name, value, "a list of numbers");
    }

    /// An option of which only one value is implemented.
    void only(String name, Object allowed) {
        Object value = value(name);
        boolean same =
                value == null
                        || value.equals(allowed)
                        || value instanceof Number number
                                && allowed instanceof Number other
                                && number.doubleValue() == other.doubleValue();
        if (!same) {
            throw wrong(name, value, "only " + allowed);
        }
    }

    /// An option without a value that is implemented.
    void unsupported(String name) {
        Object value = value(name);
        if (value != null) {
            throw wrong(name, value, "nothing: this option is not implemented");
        }
    }

    /// Refuses what nobody asked for.
    void finish() {
        for (Map.Entry<String, ?> option : options.entrySet()) {
            String name = option.getKey();
            if (!name.startsWith("_")
                    && option.getValue() != null
                    && !read.contains(name)
                    && !KNOWN_ELSEWHERE.contains(name)) {
                throw NodeException.user(
                                "diffusion/scheduler-option",
                                "%s has no option \"%s\"; it has %s.",
                                owner,
                                name,
                                String.join(", ", read))
                        .next("Remove the option, or correct its name.");
            }
        }
    }

    NodeException wrong(String name, @Nullable Object value, String allowed) {
        return NodeException.user(
                "diffusion/scheduler-option",
                "%s, option \"%s\": found %s; allowed: %s.",
                owner,
                name,
                String.valueOf(value),
                allowed);
    }

    private @Nullable Object value(String name) {
        read.add(name);
        return options.get(name);
    }
}
