// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.portraits;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Conv2d;
import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.Symbol;

import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A plain convolutional classifier of a portrait's attributes; trained by `training/attributes.py`. `forward` takes `pictures` (batch, 3, side, side) in [-1, 1] and gives for each attribute
/// of the configuration, under its name, the logarithms of its values' probabilities (batch, values).
@Extension
public final class AttributeClassifier implements Architecture {
    @Override
    public List<String> classNames() {
        return List.of("portraits_attributes");
    }

    @Override
    public Network describe(Config config) {
        int side = config.integer("image_size");
        Map<String, List<String>> attributes = attributes(config);
        config.only("input", "RGB in [-1, 1]").ignore("model_type");
        return Network.of(new Layers(config, side, attributes.values().stream().mapToInt(List::size).sum()))
                .function("forward", (network, f) -> network.read(f, side, attributes))
                .network();
    }

    /// Each attribute's values, in the order of the network's outputs.
    static Map<String, List<String>> attributes(Config config) {
        Config attributes =
                config.object("attributes")
                        .orElseThrow(() -> config.unsupported("attributes", "no attributes are given"));
        Map<String, List<String>> values = new LinkedHashMap<>();
        attributes.values().keySet().forEach(name -> values.put(name, attributes.texts(name)));
        return values;
    }

    private static final class Layers extends Module {
        private final List<Conv2d> convs = new ArrayList<>();
        private final Conv2d reduce;
        private final Linear hidden;
        private final Linear heads;

        Layers(Config config, int side, int classes) {
            int channels = 3;
            int left = side;
            for (Config layer : config.objects("convolutions")) {
                int stride = layer.integer("stride");
                convs.add(new Conv2d(layer.integer("in"), layer.integer("out"), 3, stride, 1));
                channels = layer.integer("out");
                left = (left - 1) / stride + 1;
            }
            int reduced = config.integer("reduced_channels");
            reduce = new Conv2d(channels, reduced, 1);
            hidden = new Linear(reduced * left * left, config.integer("hidden_size"));
            heads = new Linear(config.integer("hidden_size"), classes);
        }

        void read(FunctionScope f, int side, Map<String, List<String>> attributes) {
            Symbol x = f.input("pictures", f.batch(), 3, side, side);
            for (Conv2d conv : convs) {
                x = conv.of(x).relu();
            }
            Symbol logits = heads.of(hidden.of(reduce.of(x).relu().flatten(1, 3)).relu());
            int at = 0;
            for (Map.Entry<String, List<String>> attribute : attributes.entrySet()) {
                int next = at + attribute.getValue().size();
                f.output(attribute.getKey(), logits.slice(1, at, next).logSoftmax(1));
                at = next;
            }
        }
    }
}
