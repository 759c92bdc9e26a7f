// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Parameter;
import dev.diptych.api.network.Symbol;

import org.pf4j.Extension;

import java.util.List;

/// diffusers' `StableUnCLIPImageNormalizer`: mean and deviation of CLIP's embeddings of pictures. `scale` and `unscale` take `embeds` (batch, width) and give `embeds`.
@Extension
public final class ImageNormalizer implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("StableUnCLIPImageNormalizer");
    }

    @Override
    public Network describe(Config config) {
        int width = config.integer("embedding_dim", 768);
        return Network.of(new Statistics(width))
                .function("scale", (statistics, f) -> f.output("embeds", statistics.scale(embeds(f, width))))
                .function("unscale", (statistics, f) -> f.output("embeds", statistics.unscale(embeds(f, width))))
                .network();
    }

    private static Symbol embeds(FunctionScope f, int width) {
        return f.input("embeds", f.batch(), width);
    }

    private static final class Statistics extends Module {
        private final Parameter mean;
        private final Parameter std;

        Statistics(int width) {
            mean = new Parameter(1, width);
            std = new Parameter(1, width);
        }

        Symbol scale(Symbol embeds) {
            return embeds.minus(embeds.of(mean)).dividedBy(embeds.of(std));
        }

        Symbol unscale(Symbol embeds) {
            return embeds.times(std).plus(mean);
        }
    }
}
