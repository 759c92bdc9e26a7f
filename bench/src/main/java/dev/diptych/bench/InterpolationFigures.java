// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.bench.PortraitCases.Case;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Whether the pictures between two change steadily from what one shows to what the other does.
final class InterpolationFigures implements EditFigures {
    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        List<Case> cases = portraits.cases();
        List<String> before = portraits.before();
        List<JsonNode> blended =
                portraits.edit(
                        "interpolation",
                        each ->
                                Map.of(
                                        "a",
                                        before.get(each.number()),
                                        "b",
                                        before.get((each.number() + 1) % cases.size())));
        List<Double> correlations = new ArrayList<>();
        int ends = 0;
        for (int i = 0; i < cases.size(); i++) {
            List<PortraitReadings> frames = portraits.readAll(List.of(blended.get(i)));
            Map<String, String> a = cases.get(i).before();
            Map<String, String> b = cases.get((i + 1) % cases.size()).before();
            ends += frames.getFirst().shows(a, a.keySet()) ? 1 : 0;
            ends += frames.getLast().shows(b, b.keySet()) ? 1 : 0;
            for (String attribute : a.keySet()) {
                String from = a.getOrDefault(attribute, "");
                String to = b.getOrDefault(attribute, "");
                if (!from.equals(to)) {
                    correlations.add(steadiness(frames, attribute, from, to));
                }
            }
        }
        return List.of(
                Figure.atLeast(
                        0.8,
                        "interpolation: rank correlation of frame and logit",
                        correlations.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN),
                        ""),
                Figure.atLeast(90, "interpolation: ends show what the inputs show", 50.0 * ends / cases.size(), "%"));
    }

    private static double steadiness(List<PortraitReadings> frames, String attribute, String from, String to) {
        return PictureMath.rankCorrelation(
                frames.stream()
                        .mapToDouble(frame -> frame.logarithm(attribute, to) - frame.logarithm(attribute, from))
                        .toArray());
    }
}
