// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The weights among a folder's files, by the names that diffusers and transformers give them.
///
/// A variant is a word in the file's name, as in `diffusion_pytorch_model.fp16.safetensors`. The one asked for wins; then the file without a
/// variant; then, if there is none, half precision before others, and `non_ema` never, since it is not what its authors sample with.
/// Of one variant, safetensors wins over pickles and the single file over the index.
final class WeightFiles {
    private static final String NEVER_UNASKED = "non_ema";
    private static final List<String> PREFERRED = List.of("", "fp16", "bf16", "fp32");
    private static final String STEM = "(?:diffusion_pytorch_model|model|pytorch_model)";
    private static final String VARIANT = "(?:\\.([A-Za-z0-9_]+))?";
    private static final List<Pattern> BEST_FIRST =
            List.of(
                    Pattern.compile(STEM + VARIANT + "\\.safetensors"),
                    Pattern.compile(STEM + VARIANT + "\\.safetensors\\.index\\.json"),
                    Pattern.compile(STEM + "\\.safetensors\\.index\\.([A-Za-z0-9_]+)\\.json"),
                    Pattern.compile(STEM + VARIANT + "\\.bin"),
                    Pattern.compile(STEM + VARIANT + "\\.bin\\.index\\.json"),
                    Pattern.compile(STEM + "\\.bin\\.index\\.([A-Za-z0-9_]+)\\.json"));
    private static final Pattern SHARD = Pattern.compile(".*-[0-9]{5}-of-[0-9]{5}.*");
    private static final Pattern ORIGINAL = Pattern.compile(".*\\.(?:safetensors|ckpt|pth?|th|bin)");

    private final FolderFiles folder;
    private final Map<String, String> bestByVariant;

    private WeightFiles(FolderFiles folder, Map<String, String> bestByVariant) {
        this.folder = folder;
        this.bestByVariant = bestByVariant;
    }

    /// @param folder of one component
    static WeightFiles in(FolderFiles folder) throws IOException {
        List<String> names = folder.names().stream().filter(name -> !SHARD.matcher(name).matches()).toList();
        Map<String, String> best = new LinkedHashMap<>();
        for (Pattern pattern : BEST_FIRST) {
            for (String name : names) {
                Matcher matcher = pattern.matcher(name);
                if (matcher.matches()) {
                    best.putIfAbsent(matcher.group(1) == null ? "" : matcher.group(1), name);
                }
            }
        }
        if (best.isEmpty()) {
            List<String> others = names.stream().filter(name -> ORIGINAL.matcher(name).matches()).toList();
            if (others.size() == 1) {
                best.put("", others.getFirst());
            }
        }
        return new WeightFiles(folder, best);
    }

    /// The variants there are; the file without one is the empty text.
    List<String> variants() {
        List<String> variants = new ArrayList<>(bestByVariant.keySet());
        variants.sort(
                Comparator.comparingInt((String variant) ->
                                PREFERRED.contains(variant) ? PREFERRED.indexOf(variant) : PREFERRED.size())
                        .thenComparing(Comparator.naturalOrder()));
        return variants;
    }

    /// The file to use.
    ///
    /// @param variant null for the usual one
    Optional<Path> choose(@Nullable String variant) throws IOException {
        String file = variant == null ? null : bestByVariant.get(variant);
        for (String other : variants()) {
            if (file == null && !other.equals(NEVER_UNASKED)) {
                file = bestByVariant.get(other);
            }
        }
        return file == null ? Optional.empty() : folder.find(file);
    }
}
