// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.api.model.CaseFailure;
import dev.diptych.api.model.CaseRunner;
import dev.diptych.api.model.ConformanceCase;
import dev.diptych.api.value.NoiseGenerator;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Cases of the kind `noise`: normal draws of PyTorch's CPU generator. `draws` are one each from generators of their own, `sequence` is several from one;
/// shapes that the case does not write out are those of its outputs.
final class NoiseRunner implements CaseRunner {
    private static final Set<String> DRAW_KEYS = Set.of("output", "seed", "shape");
    private static final Set<String> SEQUENCE_KEYS = Set.of("seed", "outputs", "shapes");
    private static final BigInteger SEEDS = BigInteger.ONE.shiftLeft(64);

    @Override
    public boolean runs(ConformanceCase test) {
        return test.kind().equals("noise");
    }

    @Override
    public Map<String, Tensor> run(ConformanceCase test, CaseContext context) {
        Map<String, Tensor> expected = test.outputs();
        Map<String, Tensor> drawn = new LinkedHashMap<>();
        for (Object each : list(test.json().get("draws"), "draws")) {
            Map<?, ?> draw = object(each, "draws", DRAW_KEYS);
            String output = String.valueOf(draw.get("output"));
            drawn.put(output, seed(draw.get("seed")).generator().normal(shape(draw.get("shape"), output, expected)));
        }
        Object sequences = test.json().get("sequence");
        for (Object each : sequences instanceof Map<?, ?> ? List.of(sequences) : list(sequences, "sequence")) {
            Map<?, ?> sequence = object(each, "sequence", SEQUENCE_KEYS);
            NoiseGenerator generator = seed(sequence.get("seed")).generator();
            List<?> shapes = list(sequence.get("shapes"), "sequence.shapes");
            int i = 0;
            for (Object output : list(sequence.get("outputs"), "sequence.outputs")) {
                Object shape = i < shapes.size() ? shapes.get(i) : null;
                drawn.put(String.valueOf(output), generator.normal(shape(shape, String.valueOf(output), expected)));
                i++;
            }
        }
        return drawn;
    }

    private static List<?> list(@Nullable Object value, String key) {
        if (value == null) {
            return List.of();
        }
        if (value instanceof List<?> list) {
            return list;
        }
        throw new CaseFailure("\"" + key + "\" is no list.");
    }

    private static Map<?, ?> object(@Nullable Object value, String key, Set<String> known) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new CaseFailure("\"" + key + "\" holds " + value + ", an object is needed.");
        }
        for (Object name : map.keySet()) {
            if (!(name instanceof String text && known.contains(text))) {
                throw new UnsupportedOperationException(
                        "\"" + key + "\" has \"" + name + "\", which is not implemented for noise.");
            }
        }
        return map;
    }

    private static Seed seed(@Nullable Object value) {
        try {
            BigInteger seed = new BigInteger(String.valueOf(value));
            if (seed.bitLength() <= 63 || seed.signum() > 0 && seed.compareTo(SEEDS) < 0) {
                return new Seed(seed.longValue());
            }
        } catch (NumberFormatException e) {
            throw new CaseFailure("The seed " + value + " is no whole number.");
        }
        throw new CaseFailure("The seed " + value + " has more than 64 bits.");
    }

    private static int[] shape(@Nullable Object shape, String output, Map<String, Tensor> expected) {
        if (shape == null) {
            Tensor reference = expected.get(output);
            if (reference == null) {
                throw new CaseFailure("The case gives no shape for " + output + ".");
            }
            return reference.shape();
        }
        return list(shape, "shape").stream()
                .mapToInt(size -> {
                    if (size instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
                        return number.intValue();
                    }
                    throw new CaseFailure("The shape " + shape + " is none.");
                })
                .toArray();
    }
}
