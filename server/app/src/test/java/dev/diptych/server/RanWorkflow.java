// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.api.value.Image;
import dev.diptych.engine.value.ImageFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What `diptych run` left behind.
record RanWorkflow(int exit, String out, String err) {
    /// Models of random weights, for what a workflow must do whatever the weights are.
    private static final List<String> TINY = List.of("tiny/unclip", "tiny/unclip-ar");

    private static final ObjectMapper JSON = new ObjectMapper();

    /// Runs a document with a data folder of the test's own, in which the tiny models are installed.
    static RanWorkflow run(Path folder, Path document, String... more) throws IOException {
        Path data = folder.resolve("data");
        for (String model : TINY) {
            install(model, data.resolve("models").resolve(model));
        }
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "run",
                                document.toString(),
                                "--json",
                                "--data",
                                data.toString(),
                                "--out",
                                folder.resolve("out" + System.nanoTime()).toString()));
        arguments.addAll(List.of(more));
        RanCommand ran = RanCommand.of(arguments);
        return new RanWorkflow(ran.exit(), ran.out(), ran.err());
    }

    /// Copies a tiny model to a folder, unless it is there.
    static void install(String model, Path to) throws IOException {
        if (Files.exists(to)) {
            return;
        }
        Path from = Path.of("src/test/resources/models").resolve(model).toAbsolutePath();
        try (Stream<Path> files = Files.walk(from)) {
            files.forEach(file -> {
                try {
                    Path target = to.resolve(from.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(target);
                    } else {
                        Files.copy(file, target);
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }

    JsonNode json() throws IOException {
        return JSON.readTree(out);
    }

    JsonNode output(String name) throws IOException {
        return json().path("outputs").path(name);
    }

    Image image(String output) throws IOException {
        return read(output(output));
    }

    List<Image> images(String output) throws IOException {
        List<Image> images = new ArrayList<>();
        for (JsonNode file : output(output)) {
            images.add(read(file));
        }
        return images;
    }

    static Image read(JsonNode file) throws IOException {
        Path path = Path.of(file.isTextual() ? file.textValue() : file.path("file").textValue());
        return new ImageFiles(ImageFiles.DEFAULT_MAX_PIXELS).read(Files.readAllBytes(path), path.toString());
    }
}
