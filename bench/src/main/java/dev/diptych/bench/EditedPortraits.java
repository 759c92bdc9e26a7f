// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.bench.EditRunner.Request;
import dev.diptych.bench.PortraitCases.Case;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Drawn portraits on a server, which workflows edit.
///
/// @param home   of the product, where its workflows lie
/// @param cases  those to be edited, of the truth
/// @param before how workflows name their pictures, in the order of the cases
record EditedPortraits(Path home, PortraitCases truth, EditRunner runner, List<Case> cases, List<String> before) {
    /// Uploads the pictures.
    static EditedPortraits upload(Path home, PortraitCases truth, EditRunner runner, List<Case> cases)
            throws IOException, InterruptedException {
        List<String> before = new ArrayList<>();
        for (Case each : cases) {
            before.add(runner.upload(truth.before(each.number())));
        }
        return new EditedPortraits(home, truth, runner, cases, before);
    }

    /// What a workflow is told of a case.
    interface InputsOf {
        Map<String, ?> of(Case each);
    }

    /// Runs a workflow of the product for each case.
    ///
    /// @return its outputs, by name
    List<JsonNode> edit(String workflow, InputsOf inputs) throws IOException, InterruptedException {
        JsonNode document = EditRunner.workflow(home, workflow);
        return runner.run(cases.stream().map(each -> new Request(document, inputs.of(each))).toList());
    }

    /// Of one picture of each run.
    List<PortraitReadings> read(List<JsonNode> outputs, String name) throws IOException, InterruptedException {
        return PortraitReadings.of(runner, outputs.stream().map(each -> each.path(name).asText()).toList());
    }

    /// Of all pictures of each run, in their order.
    List<PortraitReadings> readAll(List<JsonNode> outputs) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>();
        outputs.forEach(each -> each.path("images").forEach(image -> all.add(image.asText())));
        return PortraitReadings.of(runner, all);
    }

    /// Of the cases, in percent.
    double share(IntPredicate holds) {
        return share(cases.size(), holds);
    }

    /// Of so many numbers from 0, in percent.
    static double share(int count, IntPredicate holds) {
        return 100.0 * IntStream.range(0, count).filter(holds).count() / count;
    }
}
