// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.portraits;

import dev.diptych.api.model.Model;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.Help;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.ValueType;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Resampling;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What a portrait of the bundled world shows.
@Extension
@NodeType(
        id = "portraits/read-attributes",
        title = "Read attributes",
        group = "Portraits",
        description =
                "Says what a drawn portrait shows: which animal, its fur, hat, scarf, glasses, mood and background. Put it behind an edit to see what the edit changed and what it kept. It knows the bundled cartoon portraits only; of a photograph it says something, and means nothing.")
public final class ReadAttributes implements Node<ReadAttributes.In, ReadAttributes.Out> {
    private static final double LIKELY = 0.5;

    public record In(
            @Help("Classifier of portraits") @Default("portraits/attributes") ModelReference model,
            @Help("Portrait of any size; seen at 64 pixels") Image image) {}

    /// One value that an attribute may have.
    ///
    /// @param probability 0 to 1; an attribute's values add up to 1
    @ValueType(id = "portraits/reading", title = "Reading", color = "#5a9e6f")
    public record Reading(String attribute, String value, double probability) {}

    public record Out(
            @Help("The likeliest value of each attribute") List<Reading> readings,
            @Help("Each value of each attribute") List<Reading> all,
            @Help("One line an attribute, with how sure it is") String text) {}

    @Override
    public Out run(In in, NodeContext context) {
        Model classifier = context.model(in.model(), "model");
        int side = classifier.config().integer("image_size");
        Map<String, Tensor> logarithms = classifier.call(Model.FORWARD, Map.of("pictures", pixels(in.image(), side)));
        List<Reading> best = new ArrayList<>();
        List<Reading> all = new ArrayList<>();
        AttributeClassifier.attributes(classifier.config())
                .forEach((attribute, values) -> {
                    float[] logarithm = logarithms.get(attribute).floats();
                    int likeliest = 0;
                    for (int i = 0; i < logarithm.length; i++) {
                        all.add(new Reading(attribute, values.get(i), Math.exp(logarithm[i])));
                        likeliest = logarithm[i] > logarithm[likeliest] ? i : likeliest;
                    }
                    best.add(new Reading(attribute, values.get(likeliest), Math.exp(logarithm[likeliest])));
                });
        return new Out(best, all, text(best));
    }

    /// RGB in [-1, 1]; what is transparent is seen on white.
    private static Tensor pixels(Image image, int side) {
        Image small = Resampling.BICUBIC.resize(image, side, side);
        float[] values = new float[3 * side * side];
        for (int y = 0; y < side; y++) {
            for (int x = 0; x < side; x++) {
                int at = (y * side + x) * small.channels();
                float opacity = small.hasAlpha() ? (small.bytes()[at + 3] & 255) / 255f : 1;
                for (int c = 0; c < 3; c++) {
                    float value = (small.bytes()[at + c] & 255) / 127.5f - 1;
                    values[(c * side + y) * side + x] = opacity * value + 1 - opacity;
                }
            }
        }
        return Tensor.ofFloats(values, 1, 3, side, side);
    }

    private static String text(List<Reading> readings) {
        StringBuilder text = new StringBuilder();
        for (Reading reading : readings) {
            text.append(reading.attribute().replace('_', ' ')).append(": ").append(reading.value());
            text.append(String.format(Locale.ROOT, " (%.0f %%)", 100 * reading.probability()));
            text.append(reading.probability() < LIKELY ? ", a guess\n" : "\n");
        }
        return text.toString();
    }
}
