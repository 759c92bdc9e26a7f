// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

import java.nio.file.Path;
import java.util.Map;

/// Cases of [TextProjection], whose arguments say whether it guides.
@Extension
public final class TextProjectionCases implements CaseRunner {
    private static final String CLASS = "UnCLIPTextProjModel";

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("network") && test.architecture().endsWith("/" + CLASS);
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        Path folder = test.folder().resolve(String.valueOf(test.json().getOrDefault("checkpoint", "model")));
        boolean guides =
                test.json().get("arguments") instanceof Map<?, ?> arguments
                        && Boolean.TRUE.equals(arguments.get("do_classifier_free_guidance"));
        return context.model(folder, CLASS).call(guides ? "guided" : Model.FORWARD, test.inputs());
    }
}
