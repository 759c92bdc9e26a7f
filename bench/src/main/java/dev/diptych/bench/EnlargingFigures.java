// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;
import dev.diptych.bench.EditRunner.Request;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

/// How much nearer than bicubic enlargement the upsamplers come to what is drawn larger.
///
/// @param mostAt1024 pictures of 1024 pixels
record EnlargingFigures(int mostAt1024) implements EditFigures {
    private static final String ENLARGED =
            """
            { "diptych": 1, "name": "enlarged",
              "inputs": {"image": {"type": "image"}, "model": {"type": "model"}},
              "nodes": {"large": {"type": "unclip/upsample", "version": 1, "in": {"image": {"input": "image"}, "model": {"input": "model"}}}},
              "outputs": {"image": {"node": "large", "out": "image"}} }
            """;

    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        PortraitCases truth = portraits.truth();
        EditRunner runner = portraits.runner();
        int cases = portraits.cases().size();
        int most = Math.min(cases, truth.largeCount());
        int largest = Math.min(Math.min(cases, truth.largestCount()), mostAt1024);
        return List.of(
                Figure.atLeast(
                        2,
                        "64 to 256 px, over bicubic",
                        gain(runner, "portraits/unclip", most, truth::before, truth::large),
                        "dB"),
                Figure.atLeast(
                        2,
                        "256 to 1024 px, over bicubic",
                        gain(runner, "portraits/upsampler-1024", largest, truth::large, truth::largest),
                        "dB"));
    }

    /// Mean of the first pictures, in decibels over bicubic enlargement.
    private static double gain(
            EditRunner runner, String model, int count, IntFunction<Image> small, IntFunction<Image> large)
            throws IOException, InterruptedException {
        JsonNode document = EditRunner.document(ENLARGED);
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            requests.add(new Request(document, Map.of("image", runner.upload(small.apply(i)), "model", model)));
        }
        List<JsonNode> made = runner.run(requests);
        double gain = 0;
        for (int i = 0; i < count; i++) {
            Image wanted = large.apply(i);
            Image bicubic = Resampling.BICUBIC.resize(small.apply(i), wanted.width(), wanted.height());
            gain +=
                    PictureMath.psnr(PictureMath.squaredError(runner.image(made.get(i).path("image")), wanted))
                            - PictureMath.psnr(PictureMath.squaredError(bicubic, wanted));
        }
        return gain / count;
    }
}
