// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.sampling.Watcher;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What an inversion found.
///
/// @param latent      the noise
/// @param residual    0 of an explicit inversion, which does not look; of an implicit one, the largest of all steps, as a part of the range of x: how far each step is from being undone exactly
/// @param evaluations calls of the network
/// @param stalled     the steps that did not contract, or not in the tries allowed; there the best x found was taken
public record Inversion(Tensor latent, double residual, int evaluations, List<Stalled> stalled) {
    private static final int ANDERSON_MEMORY = 3;

    /// A step that was given up.
    ///
    /// @param timestep what the network was told
    /// @param residual the least that was reached
    /// @param factor   by which the residual changed at the last iteration; 1 and above is no contraction
    public record Stalled(double timestep, double residual, double factor) {}

    /// Copies the list.
    public Inversion {
        stalled = List.copyOf(stalled);
    }

    /// Back along a path, in the way that suits most networks.
    ///
    /// @param convention of an explicit inversion; null for an implicit one
    public static Inversion along(
            DdimPath path,
            @Nullable InversionConvention convention,
            Tensor picture,
            Denoiser denoiser,
            Watcher watcher) {
        if (convention == null) {
            return ImplicitInversion.along(path).accelerated(ANDERSON_MEMORY).run(picture, denoiser, watcher);
        }
        Tensor noise = Sampler.of(path.inverse(convention), denoiser).watched(watcher).run(picture);
        return new Inversion(noise, 0, path.length(), List.of());
    }

    /// Whether every step was solved.
    public boolean isExact() {
        return stalled.isEmpty();
    }

    /// What a person should know, if not every step was solved.
    public Optional<String> notice() {
        if (isExact()) {
            return Optional.empty();
        }
        Stalled worst = stalled.getFirst();
        for (Stalled other : stalled) {
            worst = other.residual() > worst.residual() ? other : worst;
        }
        return Optional.of(
                String.format(
                        Locale.ROOT,
                        "The inversion did not contract at %d steps, the worst at timestep %s: residual %.1e of the range, changing by a factor of %.2f. "
                                + "More steps, damping or acceleration may help.",
                        stalled.size(),
                        worst.timestep(),
                        worst.residual(),
                        worst.factor()));
    }
}
