// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.Elements;
import dev.diptych.engine.model.checkpoint.Shapes;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Sorts the tensors of an adapter's file by module, and makes of each module's factors a delta.
final class AdapterReader {
    private static final Map<String, String> NOT_SUPPORTED =
            Map.ofEntries(
                    Map.entry("dora", "DoRA, which scales whole columns of the changed weight"),
                    Map.entry("bias", "LoRA with biases"),
                    Map.entry("embedding", "LoRA of embeddings"),
                    Map.entry("oft_blocks", "OFT, which rotates weights"),
                    Map.entry("oft_diag", "OFT, which rotates weights"),
                    Map.entry("on_input", "IA3, which scales activations"),
                    Map.entry("w_norm", "a change of normalisation layers"),
                    Map.entry("b_norm", "a change of normalisation layers"),
                    Map.entry("a1", "GLoRA"),
                    Map.entry("a2", "GLoRA"),
                    Map.entry("b1", "GLoRA"),
                    Map.entry("b2", "GLoRA"),
                    Map.entry("norm_k", "a change of normalisation layers"));

    private final Checkpoint file;
    private final AdapterTargets targets;
    private final PeftMetadata metadata;
    private final List<WeightDelta> deltas = new ArrayList<>();
    private final List<Adapter.Unmatched> unmatched = new ArrayList<>();

    AdapterReader(Checkpoint file, PeftMetadata metadata, AdapterTargets targets) {
        this.file = file;
        this.metadata = metadata;
        this.targets = targets;
    }

    /// The factors of one module.
    private record Module(String name, AdapterKey key, Map<String, StoredTensor> factors) {
        @Nullable StoredTensor get(String factor) {
            return factors.get(factor);
        }
    }

    Adapter read() {
        Map<String, Module> modules = new LinkedHashMap<>();
        file.tensors()
                .forEach((name, tensor) -> {
                    AdapterKey key = AdapterKey.parse(name);
                    if (key == null) {
                        unmatched.add(Adapter.Unmatched.of(name, targets));
                        return;
                    }
                    String module = (key.component() == null ? "" : key.component() + ".") + key.module();
                    modules.computeIfAbsent(module, _ -> new Module(module, key, new HashMap<>()))
                            .factors()
                            .put(key.factor(), tensor);
                });
        modules.values().forEach(this::add);
        if (deltas.isEmpty() && unmatched.isEmpty()) {
            throw NodeException.user("engine/bad-adapter", "The adapter's file holds no tensors.");
        }
        return new Adapter(deltas, unmatched);
    }

    private void add(Module module) {
        for (String factor : module.factors().keySet()) {
            String kind = NOT_SUPPORTED.get(factor);
            if (kind != null) {
                throw NodeException.user(
                                "engine/adapter-not-supported",
                                "The adapter changes \"%s\" by %s; LoRA, LoHa, LoKr and whole differences are supported.",
                                Shown.text(module.name()),
                                kind)
                        .next("Merge it into the model with its trainer's tools.");
            }
        }
        AdapterTargets.Target target = targets.find(module.key());
        if (target == null) {
            unmatched.add(Adapter.Unmatched.of(module.name(), targets));
            return;
        }
        try {
            addDelta(module, target);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw bad(module, String.valueOf(e.getMessage())).causedBy(e);
        }
    }

    private void addDelta(Module module, AdapterTargets.Target target) {
        StoredTensor difference = module.get("diff_b");
        if (difference != null) {
            throw bad(module, "it changes a bias, which is not supported");
        }
        Factors factors = factors(module);
        Factors.Size size = factors.size();
        long elements = Arrays.stream(target.shape()).reduce(1, Math::multiplyExact);
        long first = target.shape().length == 0 ? 1 : target.shape()[0];
        if (size.rows() != first || Math.multiplyExact(size.rows(), size.columns()) != elements) {
            throw bad(
                    module,
                    "its factors give "
                            + size.rows()
                            + " rows of "
                            + size.columns()
                            + ", the parameter "
                            + target.parameter()
                            + " has the shape "
                            + Shapes.text(target.shape()));
        }
        List<Long> shape = Arrays.stream(target.shape()).boxed().toList();
        deltas.add(
                new WeightDelta(
                        target.component(), target.parameter(), shape, factors, multiplier(module, factors, target)));
    }

    private Factors factors(Module module) {
        Map<String, StoredTensor> factors = module.factors();
        if (factors.containsKey("diff")) {
            return new Factors.Whole(need(module, "diff"));
        }
        if (factors.containsKey("hada_w1_a")) {
            return new Factors.Hadamard(
                    need(module, "hada_w1_a"),
                    need(module, "hada_w1_b"),
                    module.get("hada_t1"),
                    need(module, "hada_w2_a"),
                    need(module, "hada_w2_b"),
                    module.get("hada_t2"));
        }
        if (factors.keySet().stream().anyMatch(factor -> factor.startsWith("lokr_"))) {
            return new Factors.Kronecker(
                    module.get("lokr_w1"),
                    module.get("lokr_w1_a"),
                    module.get("lokr_w1_b"),
                    module.get("lokr_w2"),
                    module.get("lokr_w2_a"),
                    module.get("lokr_w2_b"),
                    module.get("lokr_t2"));
        }
        return new Factors.LowRank(need(module, "down"), need(module, "up"), module.get("mid"));
    }

    private double multiplier(Module module, Factors factors, AdapterTargets.Target target) {
        long rank = factors.rank();
        if (rank == 0) {
            return 1;
        }
        StoredTensor stored = module.get("alpha");
        if (stored != null && stored.elements() != 1) {
            throw bad(module, "its alpha has " + stored.elements() + " elements");
        }
        double alpha =
                stored == null
                        ? metadata.alpha(target.component(), module.key().module(), rank)
                        : Elements.floatAt(stored.data(), stored.type(), 0);
        if (!Double.isFinite(alpha)) {
            throw bad(module, "its alpha is " + alpha);
        }
        return alpha / (metadata.isRankStabilised(target.component()) ? Math.sqrt(rank) : rank);
    }

    private static StoredTensor need(Module module, String factor) {
        StoredTensor tensor = module.get(factor);
        if (tensor == null) {
            throw bad(module, "the factor \"" + factor + "\" is missing; it has " + module.factors().keySet());
        }
        return tensor;
    }

    private static NodeException bad(Module module, String what) {
        return NodeException.user(
                "engine/bad-adapter",
                "The adapter's module \"%s\" cannot be used: %s.",
                Shown.text(module.name()),
                what);
    }
}
