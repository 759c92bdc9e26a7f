// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.keymap.KeyMap;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// The parameters that an adapter may change, under every name that trainers give their modules: the path with dots or underscores, latent
/// diffusion's path for a U-Net, and the processors of old diffusers.
public final class AdapterTargets {
    private static final String WEIGHT = ".weight";
    private static final String TEXT_TOWER = "text_model.";
    private static final Pattern PROCESSOR = Pattern.compile("(.*)\\.processor\\.(to_[qkv]|to_out)_lora");
    private static final Pattern OLD_NAME = Pattern.compile("(.*)\\.(to_[qkv]|to_out)_lora");
    private static final Map<String, String> TEXT_NAMES =
            Map.of("to_q", "q_proj", "to_k", "k_proj", "to_v", "v_proj", "to_out", "out_proj");

    /// One parameter.
    record Target(String component, String parameter, long[] shape) {}

    private final Map<String, Map<String, Target>> byPath = new TreeMap<>();
    private final Map<String, Map<String, Target>> byFlatPath = new TreeMap<>();
    private final List<String> modules = new ArrayList<>();

    /// @param components the shape of each parameter, by component (`unet`, `text_encoder`, …) and name in the layout of diffusers or transformers
    public AdapterTargets(Map<String, Map<String, long[]>> components) {
        components.forEach(this::addAll);
    }

    private void addAll(String component, Map<String, long[]> parameters) {
        Map<String, Target> paths = byPath.computeIfAbsent(component, _ -> new HashMap<>());
        Map<String, Target> flatPaths = byFlatPath.computeIfAbsent(component, _ -> new HashMap<>());
        boolean isBareTower = parameters.containsKey("embeddings.token_embedding.weight");
        parameters.forEach((parameter, shape) -> {
            if (parameter.endsWith(WEIGHT)) {
                String module = parameter.substring(0, parameter.length() - WEIGHT.length());
                Target target = new Target(component, parameter, shape);
                paths.put(module, target);
                flatPaths.put(flat(module), target);
                modules.add(component + "." + module);
                String other = otherName(module, isBareTower);
                if (other != null) {
                    paths.putIfAbsent(other, target);
                    flatPaths.putIfAbsent(flat(other), target);
                }
            }
        });
        if (paths.containsKey("down_blocks.0.resnets.0.conv1")) {
            latentDiffusionNames(parameters.keySet())
                    .forEach((right, left) -> {
                        if (right.endsWith(WEIGHT) && left.endsWith(WEIGHT)) {
                            Target target = paths.get(right.substring(0, right.length() - WEIGHT.length()));
                            flatPaths.putIfAbsent(flat(left.substring(0, left.length() - WEIGHT.length())), target);
                        }
                    });
        }
    }

    /// A text tower's modules lie below `text_model`, or, as transformers writes them from version 5 on, do not; an adapter may have been trained on either.
    private static @Nullable String otherName(String module, boolean isBareTower) {
        if (module.startsWith(TEXT_TOWER)) {
            return module.substring(TEXT_TOWER.length());
        }
        return isBareTower ? TEXT_TOWER + module : null;
    }

    private static Map<String, String> latentDiffusionNames(Set<String> names) {
        try {
            return KeyMap.named("ldm-unet").leftNames(names, Map.of());
        } catch (NodeException _) {
            return Map.of();
        }
    }

    private static String flat(String path) {
        return path.replace('.', '_');
    }

    /// The parameter that a name in an adapter's file stands for, or null.
    @Nullable Target find(AdapterKey key) {
        Map<String, Map<String, Target>> names = key.isFlat() ? byFlatPath : byPath;
        for (Map.Entry<String, Map<String, Target>> component : names.entrySet()) {
            if (key.component() == null || key.component().equals(component.getKey())) {
                for (String module : spellings(key)) {
                    Target target = component.getValue().get(module);
                    if (target != null) {
                        return target;
                    }
                }
            }
        }
        return null;
    }

    /// `attn1.processor.to_out_lora` is `attn1.to_out.0`, and in a text tower `self_attn.out_proj`.
    private static List<String> spellings(AdapterKey key) {
        if (key.isFlat()) {
            return List.of(key.module());
        }
        List<String> spellings = new ArrayList<>(List.of(key.module()));
        for (Pattern pattern : List.of(PROCESSOR, OLD_NAME)) {
            var matcher = pattern.matcher(key.module());
            if (matcher.matches()) {
                String projection = matcher.group(2);
                spellings.add(matcher.group(1) + "." + (projection.equals("to_out") ? "to_out.0" : projection));
                spellings.add(matcher.group(1) + "." + TEXT_NAMES.get(projection));
            }
        }
        return spellings;
    }

    /// All modules, with their component before them.
    List<String> modules() {
        return modules;
    }
}
