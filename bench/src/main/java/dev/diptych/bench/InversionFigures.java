// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.bench.EditRunner.Request;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;

/// How well a picture comes back from the noise that DDIM inversion finds for it, and whether that is like noise.
final class InversionFigures implements EditFigures {
    private static final String IMPLICIT =
            """
            { "diptych": 1, "name": "implicit",
              "inputs": {"image": {"type": "image"}},
              "nodes": {"again": {"type": "unclip/reconstruct", "version": 1, "in": {"image": {"input": "image"}, "method": {"value": "implicit"}}}},
              "outputs": {"psnr": {"node": "again", "out": "psnr"}} }
            """;

    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        List<String> before = portraits.before();
        List<JsonNode> checked = portraits.edit("inversion-check", each -> Map.of("image", before.get(each.number())));
        JsonNode implicit = EditRunner.document(IMPLICIT);
        List<JsonNode> solved =
                portraits
                        .runner()
                        .run(before.stream().map(image -> new Request(implicit, Map.of("image", image))).toList());
        return List.of(
                Figure.atLeast(26, "inversion, 50 steps, explicit: mean PSNR", mean(checked, "psnr"), "dB"),
                Figure.of("the same: worst", all(checked, "psnr").min().orElse(Double.NaN), "dB"),
                Figure.of("from any other noise: mean PSNR", mean(checked, "psnrOfRandom"), "dB"),
                Figure.of("inverted noise: standard deviation", mean(checked, "deviation"), ""),
                Figure.of("inverted noise: correlation of neighbours", mean(checked, "correlation"), ""),
                Figure.of("inversion: evaluations", mean(checked, "evaluations"), ""),
                Figure.atLeast(35, "inversion, 50 steps, implicit: mean PSNR", mean(solved, "psnr"), "dB"));
    }

    private static double mean(List<JsonNode> outputs, String name) {
        return all(outputs, name).average().orElse(Double.NaN);
    }

    private static DoubleStream all(List<JsonNode> outputs, String name) {
        return outputs.stream().mapToDouble(each -> each.path(name).asDouble());
    }
}
