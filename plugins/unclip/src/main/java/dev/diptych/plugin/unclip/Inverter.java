// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.inversion.DdimPath;
import dev.diptych.plugin.diffusion.inversion.ImplicitInversion;
import dev.diptych.plugin.diffusion.inversion.Inversion;
import dev.diptych.plugin.diffusion.inversion.InversionConvention;
import dev.diptych.plugin.diffusion.picture.Pictures;
import dev.diptych.plugin.diffusion.sampling.Sampler;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Finds the noise from which a decoder makes a picture: the second panel of the diptych. Dhariwal and Nichol, arXiv:2105.05233, appendix F.
final class Inverter {
    /// How an inversion is made.
    ///
    /// @param first the least noisy timestep, or null for the usual
    record Settings(String text, int steps, double guidance, InversionMethod method, @Nullable Integer first) {}

    /// What was found.
    ///
    /// @param residual    of the worst step, relative to the range; 0 for explicit ones, which do not look
    /// @param evaluations of the network
    /// @param notice      what a person should know, or null
    record Found(Latent latent, double residual, int evaluations, @Nullable String notice) {}

    private static final int ANDERSON_MEMORY = 3;

    private final UnclipDecoder decoder;
    private final ModelReference reference;
    private final NodeContext context;

    Inverter(NodeContext context, ModelReference reference, UnclipDecoder decoder) {
        this.context = context;
        this.reference = reference;
        this.decoder = decoder;
    }

    Found invert(Image image, Embedding embedding, Settings settings) {
        InversionPaths paths = new InversionPaths(decoder.scheduler(), decoder.prediction());
        List<Integer> timesteps = paths.timesteps(settings.steps(), settings.first());
        double ending = paths.ending(timesteps);
        DdimPath path = paths.path(timesteps, ending);
        Denoiser denoiser = decoder.denoiser(List.of(embedding), settings.text(), "", settings.guidance());
        Tensor picture = Pictures.tensor(Pictures.square(image, decoder.side(), context::checkCancelled));
        Provenance provenance =
                new Provenance(
                        Provenance.decoder(reference),
                        timesteps,
                        ending,
                        settings.text(),
                        settings.guidance(),
                        embedding);
        if (settings.method() == InversionMethod.EXPLICIT) {
            Tensor noise =
                    Sampler.of(path.inverse(InversionConvention.GUIDED_DIFFUSION), denoiser)
                            .watched(decoder.watcher())
                            .run(picture);
            return new Found(new Latent(noise, provenance.written()), 0, timesteps.size(), null);
        }
        Inversion inversion =
                ImplicitInversion.along(path).accelerated(ANDERSON_MEMORY).run(picture, denoiser, decoder.watcher());
        inversion.notice().ifPresent(notice -> context.log().warn("{}", notice));
        return new Found(
                new Latent(inversion.latent(), provenance.written()),
                inversion.residual(),
                inversion.evaluations(),
                inversion.notice().orElse(null));
    }
}
