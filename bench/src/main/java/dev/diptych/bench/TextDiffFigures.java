// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.bench.EditRunner.Request;
import dev.diptych.bench.PortraitCases.Case;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Whether a text diff changes what its captions differ in, and that alone: as the classifier reads it, and against the drawn counterfactual. The edits that missed
/// most become a contact sheet.
final class TextDiffFigures implements EditFigures {
    private static final int WORST = 20;

    private static final String SHEET =
            """
            { "diptych": 1, "name": "worst",
              "inputs": {"images": {"type": {"list": "image"}}},
              "nodes": {"sheet": {"type": "image/grid", "version": 1, "in": {"images": {"input": "images"}, "columns": {"value": 6}}}},
              "outputs": {"sheet": {"node": "sheet", "out": "image"}} }
            """;

    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        List<Case> cases = portraits.cases();
        List<JsonNode> edited = portraits.edit("text-diff", each -> inputs(portraits, each));
        List<PortraitReadings> readings = portraits.read(edited, "small");
        List<Double> outside = new ArrayList<>();
        double[] towards = new double[cases.size()];
        for (Case each : cases) {
            Image from = portraits.truth().before(each.number());
            Image to = portraits.truth().after(each.number());
            Image made = portraits.runner().image(edited.get(each.number()).path("small"));
            boolean[] changed = PictureMath.differing(from, to);
            double kept = PictureMath.squaredError(made, from, changed, false);
            if (!Double.isNaN(kept)) {
                outside.add(PictureMath.psnr(kept));
            }
            towards[each.number()] =
                    PictureMath.psnr(PictureMath.squaredError(made, to, changed, true))
                            - PictureMath.psnr(PictureMath.squaredError(made, from, changed, true));
        }
        sheetOfWorst(portraits, edited, towards);
        double changed = portraits.share(i -> isChanged(cases.get(i), readings.get(i)));
        double kept = portraits.share(i -> isKept(cases.get(i), readings.get(i)));
        double right =
                portraits.share(i -> isChanged(cases.get(i), readings.get(i)) && isKept(cases.get(i), readings.get(i)));
        double error = outside.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        return List.of(
                Figure.of("text diff: named attribute changed", changed, "%"),
                Figure.of("text diff: all others kept", kept, "%"),
                Figure.atLeast(60, "text diff: changed, and all others kept", right, "%"),
                Figure.atLeast(22, "text diff: outside the changed part, mean PSNR", error, "dB"),
                Figure.atLeast(
                        70,
                        "text diff: inside, nearer to the target than to the source",
                        portraits.share(i -> towards[i] > 0),
                        "%"));
    }

    private static Map<String, String> inputs(EditedPortraits portraits, Case edit) {
        String image = portraits.before().get(edit.number());
        return Map.of("image", image, "before", edit.captionBefore(), "after", edit.captionAfter());
    }

    private static boolean isChanged(Case edit, PortraitReadings reading) {
        return reading.value(edit.attribute()).equals(edit.after().get(edit.attribute()));
    }

    /// What the change brings with it, as a new species its fur, counts neither way.
    private static boolean isKept(Case edit, PortraitReadings reading) {
        Set<String> same = new HashSet<>(edit.before().keySet());
        same.removeIf(attribute -> !Objects.equals(edit.before().get(attribute), edit.after().get(attribute)));
        return reading.shows(edit.before(), same);
    }

    /// Drawn, edited, what it should be; those first that went least towards it.
    private static void sheetOfWorst(EditedPortraits portraits, List<JsonNode> edited, double[] towards)
            throws IOException, InterruptedException {
        EditRunner runner = portraits.runner();
        List<Case> worst =
                portraits.cases().stream()
                        .sorted(Comparator.comparingDouble(each -> towards[each.number()]))
                        .limit(WORST)
                        .toList();
        List<String> images = new ArrayList<>();
        for (Case each : worst) {
            images.add(portraits.before().get(each.number()));
            images.add(edited.get(each.number()).path("small").asText());
            images.add(runner.upload(portraits.truth().after(each.number())));
        }
        JsonNode sheet =
                runner.run(new Request(EditRunner.document(SHEET), Map.of("images", images)), true).path("sheet");
        Path file = Files.createDirectories(portraits.home().resolve("bench/target")).resolve("worst-edits.png");
        Files.write(file, runner.bytes(sheet));
        System.err.println("The edits that missed most (drawn, edited, as it should be): " + file);
    }
}
