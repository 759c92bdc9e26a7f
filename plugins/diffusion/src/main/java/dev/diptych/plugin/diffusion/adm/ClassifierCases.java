// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.adm;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;

import org.pf4j.Extension;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Cases of [EncoderUNetModel], which hold the gradient that guides as well: that of the summed logarithms of the classes' probabilities, a hundred times, as guided-diffusion's
/// `classifier_sample.py` takes it.
@Extension
public final class ClassifierCases implements CaseRunner {
    private static final String CLASS = "EncoderUNetModel";
    private static final String GRADIENT = "gradient";
    private static final float SCALE = 100;

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("network") && test.architecture().endsWith("/" + CLASS);
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        Path folder = test.folder().resolve(String.valueOf(test.json().getOrDefault("checkpoint", "model")));
        Model model = context.model(folder, CLASS);
        Map<String, Tensor> inputs = test.inputs();
        Map<String, Tensor> outputs = new LinkedHashMap<>(model.call(inputs));
        if (test.outputs().containsKey(GRADIENT)) {
            Tensor gradient = model.gradient(Model.FORWARD, inputs, "log_prob", List.of("x")).get("x");
            outputs.put(GRADIENT, scaled(Objects.requireNonNull(gradient)));
        }
        return outputs;
    }

    private static Tensor scaled(Tensor gradient) {
        float[] scaled = gradient.floats().clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= SCALE;
        }
        return Tensor.ofFloats(scaled, gradient.shape());
    }
}
