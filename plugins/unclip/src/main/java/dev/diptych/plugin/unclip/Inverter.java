// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.inversion.Inversion;
import dev.diptych.plugin.diffusion.picture.Pictures;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Finds the noise from which a decoder makes a picture: the second panel of the diptych. Dhariwal and Nichol, arXiv:2105.05233, appendix F.
final class Inverter {
    /// How an inversion is made.
    ///
    /// @param first the least noisy timestep, or null for the usual
    record Settings(String text, int steps, double guidance, InversionMethod method, @Nullable Integer first) {
        /// Of the picture as it is: no caption, no guidance, the usual path.
        static Settings plain(int steps, InversionMethod method) {
            return new Settings("", steps, 1, method, null);
        }
    }

    /// What was found.
    ///
    /// @param residual    of the worst step, relative to the range; 0 for explicit ones, which do not look
    /// @param evaluations of the network
    /// @param notice      what a person should know, or null
    record Found(Latent latent, double residual, int evaluations, @Nullable String notice) {}

    private final UnclipDecoder decoder;
    private final ModelReference reference;
    private final NodeContext context;
    private final Settings settings;
    private final InversionPaths paths;
    private final FoundPath path;

    /// @throws dev.diptych.api.error.NodeException if there is no path of so many steps
    Inverter(NodeContext context, ModelReference reference, UnclipDecoder decoder, Settings settings) {
        this.context = context;
        this.reference = reference;
        this.decoder = decoder;
        this.settings = settings;
        paths = new InversionPaths(decoder.scheduler(), decoder.prediction());
        path = paths.path(paths.timesteps(settings.steps(), settings.first()));
    }

    Found invert(Image image, Embedding embedding) {
        Denoiser denoiser = decoder.denoiser(List.of(embedding), List.of(settings.text()), "", settings.guidance());
        Tensor picture = Pictures.tensor(Pictures.square(image, decoder.side(), context::checkCancelled));
        Inversion inversion =
                Inversion.along(paths.on(path), settings.method().convention(), picture, denoiser, decoder.watcher());
        inversion.notice().ifPresent(notice -> context.log().warn("{}", notice));
        Provenance provenance =
                new Provenance(FoundPath.nameOf(reference), path, settings.text(), settings.guidance(), embedding);
        return new Found(
                new Latent(inversion.latent(), provenance.written()),
                inversion.residual(),
                inversion.evaluations(),
                inversion.notice().orElse(null));
    }
}
