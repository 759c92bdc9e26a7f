// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Finds models in folders. A folder with `model_index.json`, `config.json`, or weights or an adapter under one of their usual names is a model; so is each single file
/// of weights in a folder that is none. Nothing is opened.
final class ModelScan {
    /// Extensions of single files that may be models, the better one first.
    static final List<String> EXTENSIONS = List.of(".safetensors", ".ckpt", ".pt", ".pth", ".bin");

    private static final Logger LOG = LoggerFactory.getLogger(ModelScan.class);
    private static final List<String> WEIGHTS =
            List.of(
                    "model.safetensors",
                    "model.safetensors.index.json",
                    "diffusion_pytorch_model.safetensors",
                    "diffusion_pytorch_model.safetensors.index.json",
                    "pytorch_model.bin",
                    "pytorch_model.bin.index.json",
                    "diffusion_pytorch_model.bin");
    private static final List<String> MARKS =
            Stream.of(FoundModel.SETTINGS, WEIGHTS, FoundModel.ADAPTERS).flatMap(List::stream).toList();
    private static final int DEEPEST = 4;
    private static final int MOST_NAMES = 10_000;

    private final List<ModelRoot> roots;

    /// @param roots of two models with one name that in the earlier folder counts
    ModelScan(List<ModelRoot> roots) {
        this.roots = List.copyOf(roots);
    }

    /// All models by name.
    SequencedMap<String, FoundModel> all() {
        SequencedMap<String, FoundModel> found = new TreeMap<>();
        for (ModelRoot root : roots) {
            if (Files.isDirectory(root.folder())) {
                scan(root, root.folder(), root.prefix(), 1, found);
            }
        }
        return found;
    }

    private static void scan(
            ModelRoot root, Path folder, String prefix, int depth, SequencedMap<String, FoundModel> found) {
        for (Path entry : listed(folder)) {
            String name = entry.getFileName().toString();
            if (!ModelId.isWord(name) || !isAllowed(root, entry)) {
                continue;
            }
            if (Files.isDirectory(entry)) {
                if (isModel(entry)) {
                    put(new FoundModel(prefix + name, root, entry), found);
                } else if (depth < DEEPEST) {
                    scan(root, entry, prefix + name + "/", depth + 1, found);
                }
            } else if (isWeights(name) && Files.isRegularFile(entry)) {
                put(new FoundModel(prefix + withoutExtension(name), root, entry), found);
            }
        }
    }

    private static void put(FoundModel model, SequencedMap<String, FoundModel> found) {
        FoundModel other = found.putIfAbsent(model.id(), model);
        if (other != null && !other.path().equals(model.path())) {
            LOG.debug("{} is hidden by {}", model.path(), other.path());
        }
    }

    /// The model of a name, without looking at others.
    ///
    /// @return empty if there is none, also for what cannot be a name
    Optional<FoundModel> find(String id) {
        if (!ModelId.isValid(id)) {
            return Optional.empty();
        }
        for (ModelRoot root : roots) {
            if (!id.startsWith(root.prefix())) {
                continue;
            }
            String rest = id.substring(root.prefix().length());
            Path folder = root.folder().resolve(rest);
            if (rest.isEmpty() || isInsideModel(root, folder)) {
                continue;
            }
            if (Files.isDirectory(folder) && isModel(folder) && isAllowed(root, folder)) {
                return Optional.of(new FoundModel(id, root, folder));
            }
            for (String extension : EXTENSIONS) {
                Path file = root.folder().resolve(rest + extension);
                if (Files.isRegularFile(file) && isAllowed(root, file)) {
                    return Optional.of(new FoundModel(id, root, file));
                }
            }
        }
        return Optional.empty();
    }

    /// Whether a folder above is a model: what lies in a model's folder is its component.
    private static boolean isInsideModel(ModelRoot root, Path path) {
        for (Path above = path.getParent(); above != null && !above.equals(root.folder()); above = above.getParent()) {
            if (isModel(above)) {
                return true;
            }
        }
        return false;
    }

    /// A plugin's models stay in the plugin; an operator may link models from elsewhere.
    private static boolean isAllowed(ModelRoot root, Path entry) {
        try {
            return root.origin() != ModelRoot.Origin.PLUGIN
                    || entry.toRealPath().startsWith(root.folder().toRealPath());
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isModel(Path folder) {
        return MARKS.stream().anyMatch(mark -> Files.exists(folder.resolve(mark), LinkOption.NOFOLLOW_LINKS));
    }

    static boolean isWeights(String fileName) {
        return EXTENSIONS.stream().anyMatch(fileName::endsWith);
    }

    static String withoutExtension(String fileName) {
        return EXTENSIONS.stream()
                .filter(fileName::endsWith)
                .map(extension -> fileName.substring(0, fileName.length() - extension.length()))
                .findFirst()
                .orElse(fileName);
    }

    /// Of two models with one name in one folder, that with the smaller number counts.
    private static int rank(Path entry) {
        String name = entry.getFileName().toString();
        for (int i = 0; i < EXTENSIONS.size(); i++) {
            if (name.endsWith(EXTENSIONS.get(i)) && !Files.isDirectory(entry)) {
                return i + 1;
            }
        }
        return 0;
    }

    private static List<Path> listed(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.limit(MOST_NAMES).sorted(Comparator.comparingInt(ModelScan::rank)).toList();
        } catch (IOException | UncheckedIOException e) {
            LOG.warn("The folder {} of models cannot be listed: {}", folder, e.toString());
            return List.of();
        }
    }
}
