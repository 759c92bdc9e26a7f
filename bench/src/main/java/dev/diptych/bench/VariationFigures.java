// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.bench.PortraitCases.Case;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// What variations of a picture have in common with it, and how far apart they are; and what its embedding alone says, from new noise.
final class VariationFigures implements EditFigures {
    private static final int VARIATIONS = 4; // as many as the workflow makes
    private static final Set<String> KEPT =
            Set.of("species", "hat", "hat_colour", "neckwear", "neckwear_colour", "glasses");

    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        List<String> before = portraits.before();
        List<JsonNode> anew =
                portraits.edit("variations", each -> Map.of("image", before.get(each.number()), "start", "noise"));
        List<JsonNode> varied = portraits.edit("variations", each -> Map.of("image", before.get(each.number())));
        double distance = 100 * between(portraits, varied) / ofTheSameSpecies(portraits.truth());
        return List.of(
                Figure.atLeast(
                        95,
                        "z alone, no caption: species of the picture z is of",
                        kept(portraits, anew, Set.of("species")),
                        "%"),
                Figure.atLeast(90, "variations: species and accessories kept", kept(portraits, varied, KEPT), "%"),
                new Figure(
                        "variations: distance, of that between drawn pictures of the species",
                        distance,
                        "%",
                        "10 to 60",
                        distance >= 10 && distance <= 60,
                        null));
    }

    private static double kept(EditedPortraits portraits, List<JsonNode> varied, Set<String> attributes)
            throws IOException, InterruptedException {
        List<PortraitReadings> readings = portraits.readAll(varied);
        return EditedPortraits.share(
                readings.size(),
                i -> readings.get(i).shows(portraits.cases().get(i / VARIATIONS).before(), attributes));
    }

    /// The mean distance of the others of a picture's variations from the first.
    private static double between(EditedPortraits portraits, List<JsonNode> varied)
            throws IOException, InterruptedException {
        double sum = 0;
        int pairs = 0;
        for (JsonNode each : varied) {
            List<Image> images = new ArrayList<>();
            for (JsonNode image : each.path("images")) {
                images.add(portraits.runner().image(image));
            }
            for (Image other : images.subList(1, images.size())) {
                sum += Math.sqrt(PictureMath.squaredError(images.getFirst(), other));
                pairs++;
            }
        }
        return sum / pairs;
    }

    private static double ofTheSameSpecies(PortraitCases truth) {
        double sum = 0;
        int pairs = 0;
        List<Case> all = truth.first(EditsBenchmark.USUAL);
        for (Case a : all) {
            for (Case b : all) {
                if (a.number() < b.number() && Objects.equals(a.before().get("species"), b.before().get("species"))) {
                    sum += Math.sqrt(PictureMath.squaredError(truth.before(a.number()), truth.before(b.number())));
                    pairs++;
                }
            }
        }
        return sum / pairs;
    }
}
