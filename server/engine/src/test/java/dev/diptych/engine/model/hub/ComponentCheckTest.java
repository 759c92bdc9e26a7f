// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import static dev.diptych.engine.model.hub.TinyModels.shapes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.network.Linear;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.List;

/// A configuration held against the header of the weights.
class ComponentCheckTest {
    private static final Architectures ARCHITECTURES = new Architectures(List.of(new TwoLayers()));

    @TempDir Path data;

    /// Two layers of the width that the configuration says.
    private static final class TwoLayers implements Architecture {
        @Override
        public List<String> classNames() {
            return List.of("TwoLayers");
        }

        @Override
        public Network describe(Config config) {
            int width = config.integer("width");
            return Network.of(new Layers(width))
                    .function(
                            "forward",
                            (layers, scope) ->
                                    scope.output(
                                            "y",
                                            layers.second.of(layers.first.of(scope.input("x", scope.batch(), width)))))
                    .network();
        }

        @Override
        public List<String> ignoredTensors() {
            return List.of("*.position_ids");
        }
    }

    private static final class Layers extends Module {
        private final Linear first;
        private final Linear second;

        private Layers(int width) {
            first = new Linear(width, width);
            second = new Linear(width, width);
        }
    }

    private List<ComponentCheck> check(String config, String... tensors) {
        TinyModels.write(data.resolve("models/two/config.json"), config);
        TinyModels.write(data.resolve("models/two/model.safetensors"), TinyModels.safetensors(1, shapes(tensors)));
        return new ModelHub(List.of(ModelRoot.ofData(data)), new FileDigests(null), new TokenizerFiles())
                .check("two", ARCHITECTURES);
    }

    @Test
    void weights_that_are_described_fit() {
        ComponentCheck check =
                check(
                                "{\"_class_name\": \"TwoLayers\", \"width\": 2}",
                                "first.weight",
                                "2,2",
                                "first.bias",
                                "2",
                                "second.weight",
                                "2,2",
                                "second.bias",
                                "2",
                                "x.position_ids",
                                "7")
                        .getFirst();

        assertThat(check.refusal()).isNull();
        assertThat(check.fits()).isTrue();
        assertThat(check.described()).isEqualTo(12);
    }

    @Test
    void all_that_differs_is_listed_with_the_nearest_names() {
        ComponentCheck check =
                check(
                                "{\"_class_name\": \"TwoLayers\", \"width\": 2}",
                                "first.weight",
                                "2,3",
                                "frist.bias",
                                "2",
                                "second.weight",
                                "2,2",
                                "third.weight",
                                "2,2")
                        .getFirst();

        assertThat(check.fits()).isFalse();
        assertThat(check.report().text())
                .contains("2 missing", "first.bias (2,) (is it frist.bias?)", "second.bias")
                .contains("1 of another shape", "first.weight: (2, 2) is needed, the file has (2, 3)")
                .contains("2 extra", "third.weight");
    }

    @Test
    void what_cannot_be_described_is_told_and_is_no_misfit() {
        ComponentCheck unknown = check("{\"architectures\": [\"Nothing\"]}", "a", "1").getFirst();
        ComponentCheck odd =
                check("{\"_class_name\": \"TwoLayers\", \"width\": 2, \"colour\": 1}", "a", "1").getFirst();

        assertThat(unknown.report()).isNull();
        assertThat(unknown.refusal()).contains("No plugin brings the network class \"Nothing\"");
        assertThat(odd.refusal()).contains("colour");
    }
}
