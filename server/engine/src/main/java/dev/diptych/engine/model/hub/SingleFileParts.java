// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.CheckpointFiles;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.checkpoint.keymap.SingleFile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/// A whole pipeline in one file, seen as the components that a folder of it would have. What is no such file is one component without settings.
///
/// @param layout   of the file
/// @param settings by component; a component without weights is the scheduler
record SingleFileParts(LayoutMarks.Layout layout, Map<String, Map<String, Object>> settings) {
    private static final String SCHEDULER = "scheduler";

    /// Reads the header.
    ///
    /// @throws dev.diptych.api.error.NodeException if the names or shapes contradict the layout
    static SingleFileParts of(Path file) throws IOException {
        try (Checkpoint whole = open(file)) {
            LayoutMarks.Layout layout = LayoutMarks.of(whole.tensors());
            Map<String, Map<String, Object>> settings = new LinkedHashMap<>();
            if (isPipeline(layout)) {
                for (Map.Entry<String, Checkpoint> part : SingleFile.of(whole, Map.of()).components().entrySet()) {
                    settings.put(part.getKey(), settings(layout, part.getKey(), part.getValue(), whole.metadata()));
                }
                settings.put(SCHEDULER, SingleFileSettings.scheduler(layout, whole.metadata()));
            }
            return new SingleFileParts(layout, settings);
        } catch (NoSuchElementException | NullPointerException | ArrayIndexOutOfBoundsException e) {
            throw bad(file, "a weight that tells its settings is missing (" + e.getMessage() + ")").causedBy(e);
        } catch (NodeException e) {
            throw e.code().equals("engine/bad-layout") ? bad(file, String.valueOf(e.getMessage())).causedBy(e) : e;
        }
    }

    private static NodeException bad(Path file, String why) {
        return NodeException.user(
                "model/bad-layout", "%s begins as a pipeline in one file, but: %s", file.getFileName(), why);
    }

    private static boolean isPipeline(LayoutMarks.Layout layout) {
        return switch (layout) {
            case STABLE_DIFFUSION_1, STABLE_DIFFUSION_2, STABLE_DIFFUSION_XL, STABLE_DIFFUSION_INPAINTING -> true;
            default -> false;
        };
    }

    private static Map<String, Object> settings(
            LayoutMarks.Layout layout, String component, Checkpoint weights, Map<String, String> metadata) {
        return switch (component) {
            case "unet" -> SingleFileSettings.unet(layout, weights.tensors(), metadata);
            case "vae" -> SingleFileSettings.vae(layout, weights.tensors());
            default -> SingleFileSettings.textEncoder(layout, weights.tensors());
        };
    }

    /// The names of its components; `model` for a file that is no pipeline.
    List<String> components() {
        return settings.isEmpty() ? List.of(ModelFolder.ONLY) : new ArrayList<>(settings.keySet());
    }

    boolean hasWeights(String component) {
        return !component.equals(SCHEDULER);
    }

    /// The network's class; empty if nothing tells it.
    String className(String component) {
        Map<String, Object> known = settings.getOrDefault(component, Map.of());
        return known.get("architectures") instanceof List<?> names
                ? String.valueOf(names.getFirst())
                : String.valueOf(known.getOrDefault("_class_name", ""));
    }

    /// Maps a component under the names of diffusers or transformers. Closing it closes the file.
    static Checkpoint open(Path file, String component) throws IOException {
        Checkpoint whole = open(file);
        if (component.equals(ModelFolder.ONLY)) {
            return whole;
        }
        try {
            Checkpoint part = SingleFile.of(whole, Map.of()).components().get(component);
            if (part == null) {
                throw new IllegalArgumentException("The file has no component " + component);
            }
            return part;
        } catch (RuntimeException e) {
            whole.close();
            throw e;
        }
    }

    private static Checkpoint open(Path file) throws IOException {
        return CheckpointFiles.openWeights(file.toRealPath());
    }
}
