// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import java.util.List;

/// An encoder of pictures, made 4 x 4 pixels small, as vectors: what a CLIP is to those who guide.
final class TinyEncoder implements Architecture {
    static final int WIDTH = 6;

    @Override
    public List<String> classNames() {
        return List.of("TinyEncoder");
    }

    @Override
    public Network describe(Config config) {
        return Network.of(new Encoder()).function("similarity", Encoder::compare).network();
    }

    private static final class Encoder extends Module {
        private final Linear visualProjection = new Linear(48, WIDTH, false);

        void compare(FunctionScope f) {
            Symbol pictures = f.input("pictures", f.batch(), 3, f.size("height"), f.size("width"));
            Symbol units = pictures.resizeBicubic(4, 4, false, true).times(0.5).plus(0.5);
            Symbol mean = f.input("mean", 3).reshape(1, 3, 1, 1);
            Symbol pixels = units.minus(mean).dividedBy(f.input("deviation", 3).reshape(1, 3, 1, 1)).tanh();
            Symbol z = normalized(visualProjection.of(pixels.flatten(1, 3)));
            Symbol wanted = normalized(f.input("wanted", f.batch(), WIDTH));
            f.output("similarity", z.times(wanted).sum(false, -1).times(f.input("weights", f.batch())));
        }

        private static Symbol normalized(Symbol x) {
            return x.dividedBy(x.pow(2).sum(true, -1).sqrt());
        }
    }
}
