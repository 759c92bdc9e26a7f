// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.keymap;

import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.StoredTensor;
import dev.diptych.engine.model.checkpoint.TensorView;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/// A whole model in one file, as authors publish it before anybody makes folders: Stable Diffusion 1, 2 and XL, Karlo's parts. Gives its components
/// under the names that a folder has for them, in the layout of diffusers or transformers. `single-files.txt` says what is where.
public final class SingleFile implements AutoCloseable {
    private static final List<Part> PARTS = load();

    private final Checkpoint file;
    private final SequencedMap<String, Checkpoint> components;

    /// @param evidence a name begins so only in files of this kind
    private record Part(String component, String prefix, String map, String evidence) {}

    private SingleFile(Checkpoint file, SequencedMap<String, Checkpoint> components) {
        this.file = file;
        this.components = Collections.unmodifiableSequencedMap(components);
    }

    /// Takes the checkpoint over. A file of no known kind has no components.
    ///
    /// @param given values of parameters that key maps cannot tell from the names, as `layers` of a Karlo network that has not 3
    /// @throws dev.diptych.api.error.NodeException `engine/bad-layout` if names or shapes contradict the layout
    public static SingleFile of(Checkpoint file, Map<String, Integer> given) {
        Checkpoint averaged = LatentDiffusionAverages.of(file);
        SequencedMap<String, Checkpoint> components = new LinkedHashMap<>();
        for (Part part : PARTS) {
            boolean isThere = averaged.tensors().keySet().stream().anyMatch(name -> name.startsWith(part.evidence()));
            if (isThere && !components.containsKey(part.component())) {
                Checkpoint named = KeyMap.named(part.map()).toRight(TensorView.under(averaged, part.prefix()), given);
                components.put(part.component(), trimmed(part, named));
            }
        }
        return new SingleFile(file, components);
    }

    /// Two components of Karlo share a prefix, and the text tower of Stable Diffusion 2 leaves out what it does not use: its last block.
    private static Checkpoint trimmed(Part part, Checkpoint named) {
        return switch (part.component() + " " + part.map()) {
            case "text_proj karlo-text-projection" -> TensorView.only(named, name -> !isOfUnet(name));
            case "decoder karlo-unet" -> TensorView.only(named, SingleFile::isOfDiffusersUnet);
            case "text_encoder clip-openai" -> withoutLastBlock(named);
            default -> named;
        };
    }

    private static boolean isOfUnet(String name) {
        return List.of("time_embed.", "input_blocks.", "middle_block.", "output_blocks.", "out.").stream()
                .anyMatch(name::startsWith);
    }

    private static boolean isOfDiffusersUnet(String name) {
        return List.of(
                        "time_embedding.",
                        "conv_in.",
                        "down_blocks.",
                        "mid_block.",
                        "up_blocks.",
                        "conv_norm_out.",
                        "conv_out.")
                .stream()
                .anyMatch(name::startsWith);
    }

    private static Checkpoint withoutLastBlock(Checkpoint tower) {
        String layers = "text_model.encoder.layers.";
        int last =
                tower.tensors().keySet().stream()
                        .filter(name -> name.startsWith(layers))
                        .mapToInt(name ->
                                Integer.parseInt(name.substring(layers.length(), name.indexOf('.', layers.length()))))
                        .max()
                        .orElse(-1);
        return TensorView.only(tower, name -> name.startsWith("text_model.") && !name.startsWith(layers + last + "."));
    }

    /// By the names that a folder has: `unet`, `vae`, `text_encoder`, `text_encoder_2`, `prior`, `decoder`, `text_proj`, `super_res_first`,
    /// `super_res_last`. Unmodifiable. Closing one of them closes the file.
    public SequencedMap<String, Checkpoint> components() {
        return components;
    }

    @Override
    public void close() {
        file.close();
    }

    private static List<Part> load() {
        InputStream in = Objects.requireNonNull(SingleFile.class.getResourceAsStream("single-files.txt"));
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#"))
                    .map(line -> line.strip().split("\\s+"))
                    .map(words -> new Part(words[0], words[1], words[2], words[3]))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Latent diffusion's training keeps averaged weights under names without dots; they are what its authors sample with.
    private static final class LatentDiffusionAverages {
        private static final String AVERAGED = "model_ema.";
        private static final String MODEL = "model.";

        private LatentDiffusionAverages() {}

        static Checkpoint of(Checkpoint file) {
            Map<String, StoredTensor> tensors = file.tensors();
            if (tensors.keySet().stream().noneMatch(name -> name.startsWith(AVERAGED))) {
                return file;
            }
            SequencedMap<String, StoredTensor> averaged = new LinkedHashMap<>();
            tensors.forEach((name, tensor) -> {
                StoredTensor average =
                        name.startsWith(MODEL)
                                ? tensors.get(AVERAGED + name.substring(MODEL.length()).replace(".", ""))
                                : null;
                averaged.put(name, average == null ? tensor : average.named(name));
            });
            return new TensorView(file, averaged);
        }
    }
}
