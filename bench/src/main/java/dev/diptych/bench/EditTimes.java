// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.bench.EditRunner.Request;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// How long somebody waits who edits alone, with models that are loaded.
final class EditTimes implements EditFigures {
    private static final int TRIES = 3;

    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        return List.of(
                Figure.atMost(4, "text to image, 256 px, alone, warm", seconds(portraits, "text-to-image"), "s"),
                Figure.atMost(
                        10,
                        "text diff with inversion, 50 steps, 256 px, alone, warm",
                        seconds(portraits, "text-diff"),
                        "s"));
    }

    private static double seconds(EditedPortraits portraits, String workflow) throws IOException, InterruptedException {
        Request request = new Request(EditRunner.workflow(portraits.home(), workflow), Map.of());
        double best = Double.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            long began = System.nanoTime();
            portraits.runner().run(request, false);
            best = Math.min(best, (System.nanoTime() - began) / 1e9);
        }
        return best;
    }
}
