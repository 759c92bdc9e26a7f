// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizers;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.PipelineContext;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/// What cases may ask for, put together by whoever runs them.
///
/// @param models       gives a network for a folder and a class name
/// @param nodes        gives a node's surroundings over a model folder
/// @param tokenizers   makes tokenizers
/// @param vocabularies gives a published vocabulary by its file name
public record SuppliedContext(
        BiFunction<Path, String, Model> models,
        Function<Path, NodeContext> nodes,
        Tokenizers tokenizers,
        Function<String, Optional<byte[]>> vocabularies)
        implements PipelineContext {
    /// For a process that runs no networks: each request for one says so.
    public static BiFunction<Path, String, Model> noModels() {
        return (_, className) -> {
            throw new UnsupportedOperationException(
                    "A " + className + " is needed, and this process runs no networks.");
        };
    }

    @Override
    public Model model(Path folder, String className) {
        return models.apply(folder, className);
    }

    /// For a process that runs no networks: each request for one says so.
    public static Function<Path, NodeContext> noNodes() {
        return folder -> {
            throw new UnsupportedOperationException(
                    "The pipeline in " + folder.getFileName() + " is needed, and this process runs no networks.");
        };
    }

    @Override
    public NodeContext node(Path folder) {
        return nodes.apply(folder);
    }

    @Override
    public byte[] vocabulary(String name) {
        String fileName = name.substring(name.lastIndexOf('/') + 1);
        return vocabularies
                .apply(fileName)
                .orElseThrow(() ->
                        new UnsupportedOperationException(
                                "No plugin brings the vocabulary "
                                        + fileName
                                        + " (as its resource vocabularies/"
                                        + fileName
                                        + ")."));
    }
}
