// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.network.Activation;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.GroupNorm;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Symbol;

import org.jspecify.annotations.Nullable;

import java.util.function.UnaryOperator;

/// Norm, activation, convolution, twice, added to the input; between the two, the time enters. Ho et al., arXiv:2006.11239, appendix B: the time is added.
/// Dhariwal and Nichol, arXiv:2105.05233, section 3 ("adaptive group normalisation"): the time scales and shifts; and the block may resample.
final class ResnetBlock extends Module implements Layer {
    private final GroupNorm norm1;
    private final Conv2d conv1;
    private final Linear timeEmbProj;
    private final GroupNorm norm2;
    private final Conv2d conv2;
    private final @Nullable Conv2d convShortcut;
    private final transient Settings settings;
    private final transient Resampling resampling;

    /// What the residual blocks of a network have in common.
    ///
    /// @param embeddingWidth  of the time embedding
    /// @param groups          of the norms; null for one group of at least four channels each, at most 32
    /// @param scalesAndShifts whether the time scales and shifts, instead of being added
    /// @param skipsActivation whether the time embedding comes with its activation
    /// @param outputScale     by which the sum is divided
    record Settings(
            int embeddingWidth,
            @Nullable Integer groups,
            double epsilon,
            Activation activation,
            boolean scalesAndShifts,
            boolean skipsActivation,
            double outputScale) {
        private static final int SMALLEST_GROUP = 4;
        private static final int MOST_GROUPS = 32;

        int groupsOf(int channels) {
            return groups == null ? Math.min(channels / SMALLEST_GROUP, MOST_GROUPS) : groups;
        }

        Settings withGroups(@Nullable Integer other) {
            return new Settings(
                    embeddingWidth, other, epsilon, activation, scalesAndShifts, skipsActivation, outputScale);
        }

        Settings withSkippedActivation(boolean isSkipped) {
            return new Settings(embeddingWidth, groups, epsilon, activation, scalesAndShifts, isSkipped, outputScale);
        }

        Settings withOutputScale(double scale) {
            return new Settings(embeddingWidth, groups, epsilon, activation, scalesAndShifts, skipsActivation, scale);
        }
    }

    ResnetBlock(int in, int out, Settings settings) {
        this(in, out, settings, Resampling.NONE, in != out);
    }

    /// A block that resamples.
    ///
    /// @param hasShortcut whether a convolution of size 1 stands on the way past
    ResnetBlock(int in, int out, Settings settings, Resampling resampling, boolean hasShortcut) {
        this(in, out, settings, settings.groupsOf(in), resampling, hasShortcut);
    }

    /// @param groups of the first norm
    ResnetBlock(int in, int out, Settings settings, int groups, Resampling resampling, boolean hasShortcut) {
        norm1 = new GroupNorm(groups, in, settings.epsilon());
        conv1 = new Conv2d(in, out, 3);
        timeEmbProj = new Linear(settings.embeddingWidth(), settings.scalesAndShifts() ? 2 * out : out);
        norm2 = new GroupNorm(settings.groupsOf(out), out, settings.epsilon());
        conv2 = new Conv2d(out, out, 3);
        convShortcut = hasShortcut ? new Conv2d(in, out, 1) : null;
        this.settings = settings;
        this.resampling = resampling;
    }

    /// (batch, in, height, width) → (batch, out, height', width')
    @Override
    public Symbol of(Symbol x, Conditioning conditioning) {
        return of(x, conditioning, resampling::of);
    }

    /// (batch, in, height, width) → (batch, out, height and width of `like`), by repeating pixels
    Symbol of(Symbol x, Conditioning conditioning, Symbol like) {
        return of(x, conditioning, each -> each.resizeNearest(like.size(2), like.size(3)));
    }

    private Symbol of(Symbol x, Conditioning conditioning, UnaryOperator<Symbol> resampled) {
        var h = conv1.of(resampled.apply(activated(norm1.of(x))));
        h = activated(settings.scalesAndShifts() ? scaledAndShifted(h, conditioning) : added(h, conditioning));
        h = conv2.of(h);
        var past = resampled.apply(x);
        var sum = (convShortcut == null ? past : convShortcut.of(past)).plus(h);
        return settings.outputScale() == 1 ? sum : sum.dividedBy(settings.outputScale());
    }

    private Symbol added(Symbol h, Conditioning conditioning) {
        return norm2.of(h.plus(time(conditioning)));
    }

    private Symbol scaledAndShifted(Symbol h, Conditioning conditioning) {
        var scaleAndShift = time(conditioning).chunk(2, 1);
        return norm2.of(h).times(scaleAndShift[0].plus(1)).plus(scaleAndShift[1]);
    }

    /// (batch, out or twice that, 1, 1)
    private Symbol time(Conditioning conditioning) {
        var embedding = conditioning.embedding();
        return timeEmbProj.of(settings.skipsActivation() ? embedding : activated(embedding)).spatial();
    }

    private Symbol activated(Symbol x) {
        return settings.activation().of(x);
    }
}
