// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip.network;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.Slices;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.gaussian.GaussianDiffusion;
import dev.diptych.plugin.diffusion.gaussian.SamplingHooks;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.sampling.Sampler;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;

import org.pf4j.Extension;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Cases of Karlo's sampling loops. The reference doubles the batch for guidance and draws noise for both halves; of the second, the unconditional one, only
/// the inputs count.
@Extension
public final class KarloSamplingCases implements CaseRunner {
    private static final String PRIOR = "PriorDiffusionModel";
    private static final String DECODER = "Text2ImModel";
    private static final String UPSAMPLER = "ImprovedSupRes64to256ProgressiveModel";

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("diffusion") && test.architecture().startsWith("karlo/");
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        String name = test.architecture().substring("karlo/".length());
        String className = name.endsWith(".forward") ? name.substring(0, name.lastIndexOf('.')) : name;
        if (!List.of(PRIOR, DECODER, UPSAMPLER).contains(className)
                || !(test.json().get("arguments") instanceof Map<?, ?> arguments)
                || !(arguments.get("timestep_respacing") instanceof String respacing)) {
            throw new UnsupportedOperationException(
                    test.architecture() + " needs arguments with timestep_respacing, a text");
        }
        String sibling = String.valueOf(test.json().get("checkpoint_of"));
        Model model = context.model(test.folder().resolve(sibling).resolve("model").normalize(), className);
        GaussianDiffusion process = KarloSampling.process(model.config(), respacing);
        Loop loop = new Loop(model, process, respacing, test.inputs());
        return switch (className) {
            case PRIOR -> loop.embeddings();
            case DECODER -> loop.pictures();
            default -> loop.enlarged();
        };
    }

    private record Loop(Model model, GaussianDiffusion process, String respacing, Map<String, Tensor> inputs) {
        Map<String, Tensor> embeddings() {
            Tensor x = half(input("initial"), 0);
            SamplingHooks hooks = SamplingHooks.none().withDenoised(denoised -> TensorMath.clamp(denoised, -10, 10));
            Denoiser denoiser =
                    KarloSampling.guided(
                            with(halves(0, "text_emb", "text_enc", "mask"), "out"),
                            with(halves(1, "text_emb", "text_enc", "mask"), "out"),
                            scales());
            Tensor sampled = sample(hooks, denoiser, x);
            return Map.of("image_embeds", denormalized(sampled));
        }

        Map<String, Tensor> pictures() {
            Map<String, Tensor> conditional = new LinkedHashMap<>(halves(0, "txt_feat", "txt_feat_seq", "mask"));
            conditional.put("y", input("img_feat"));
            Denoiser denoiser =
                    KarloSampling.guided(
                            with(conditional, "out"),
                            with(halves(1, "txt_feat", "txt_feat_seq", "mask"), "out"),
                            scales());
            Tensor x = half(input("initial"), 0);
            return Map.of("sample", sample(SamplingHooks.clipping(), denoiser, x));
        }

        Map<String, Tensor> enlarged() {
            Map<String, Tensor> given = Map.of("low_res", input("low_res"));
            int last = process.timesteps()[0];
            Denoiser denoiser =
                    (x, timestep) -> with(given, timestep == last ? "last_step" : "first_steps").predict(x, timestep);
            List<Tensor> trajectory = new ArrayList<>();
            Sampler.of(process.ancestral(SamplingHooks.clipping()), denoiser)
                    .drawing(NoiseSource.of(draws(false)))
                    .after((result, _) -> {
                        trajectory.add(result.sample());
                        return result.sample();
                    })
                    .run(input("initial"));
            return Map.of("trajectory", stacked(trajectory));
        }

        private Tensor sample(SamplingHooks hooks, Denoiser denoiser, Tensor x) {
            Solver solver = KarloSampling.solver(process, respacing, hooks);
            return Sampler.of(solver, denoiser).drawing(NoiseSource.of(draws(true))).run(x);
        }

        /// The network with inputs that stay the same. Its outputs have functions named after them, or `forward` gives them.
        private Denoiser with(Map<String, Tensor> given, String output) {
            String function = output.equals("out") ? Model.FORWARD : output;
            return (x, timestep) -> {
                Map<String, Tensor> all = new LinkedHashMap<>(given);
                long[] timesteps = new long[x.size(0)];
                Arrays.fill(timesteps, (long) timestep);
                all.put("x", x);
                all.put("timesteps", Tensor.ofLongs(timesteps, timesteps.length));
                return Objects.requireNonNull(model.call(function, all).get(output));
            };
        }

        private Map<String, Tensor> halves(int index, String... names) {
            Map<String, Tensor> halves = new LinkedHashMap<>();
            for (String name : names) {
                halves.put(name, half(input(name), index));
            }
            return halves;
        }

        private double[] scales() {
            float[] given = input("cf_guidance_scales").floats();
            double[] scales = new double[given.length];
            for (int i = 0; i < given.length; i++) {
                scales[i] = given[i];
            }
            return scales;
        }

        private List<Tensor> draws(boolean isDoubled) {
            Tensor noise = input("noise");
            int[] inner = Arrays.copyOfRange(noise.shape(), 1, noise.rank());
            List<Tensor> draws = new ArrayList<>();
            for (int i = 0; i < noise.size(0); i++) {
                Tensor draw = Slices.samples(noise, i, i + 1).reshaped(inner);
                draws.add(isDoubled ? half(draw, 0) : draw);
            }
            return draws;
        }

        private Tensor denormalized(Tensor embeddings) {
            float[] mean = input("clip_mean").floats();
            float[] deviation = input("clip_std").floats();
            float[] values = embeddings.floats().clone();
            for (int i = 0; i < values.length; i++) {
                values[i] = values[i] * deviation[i % mean.length] + mean[i % mean.length];
            }
            return Tensor.ofFloats(values, embeddings.shape());
        }

        private Tensor input(String name) {
            Tensor input = inputs.get(name);
            if (input == null) {
                throw new UnsupportedOperationException("A case of Karlo's sampling needs the input " + name);
            }
            return input;
        }
    }

    private static Tensor half(Tensor both, int index) {
        int rows = both.size(0) / 2;
        if (both.type() != Tensor.Type.INT64) {
            return Slices.samples(both, index * rows, (index + 1) * rows);
        }
        int size = both.length() / 2;
        int[] shape = both.shape();
        shape[0] = rows;
        return Tensor.ofLongs(Arrays.copyOfRange(both.longs(), index * size, (index + 1) * size), shape);
    }

    private static Tensor stacked(List<Tensor> tensors) {
        int[] inner = tensors.getFirst().shape();
        int[] shape = new int[inner.length + 1];
        shape[0] = 1;
        System.arraycopy(inner, 0, shape, 1, inner.length);
        Tensor all = tensors.getFirst().reshaped(shape);
        for (Tensor tensor : tensors.subList(1, tensors.size())) {
            all = Slices.joinSamples(all, tensor.reshaped(shape));
        }
        return all;
    }
}
