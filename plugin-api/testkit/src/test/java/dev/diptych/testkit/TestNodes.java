// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.node.Default;
import dev.diptych.api.node.MigratesFrom;
import dev.diptych.api.node.Node;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.node.NodeDocument;
import dev.diptych.api.node.NodeType;
import dev.diptych.api.node.Range;
import dev.diptych.api.node.Step;
import dev.diptych.api.node.ValueType;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Nodes to run.
final class TestNodes {
    private TestNodes() {}

    public enum Mode {
        PLAIN,
        SOFT_LIGHT
    }

    @ValueType(id = "test/place", title = "Place")
    public record Place(double x, int y, Mode mode) {}

    /// Makes a picture darker, in steps.
    @NodeType(id = "test/dim", version = 2, title = "Dim", group = "Test")
    public static final class Dim implements Node<Dim.In, Dim.Out> {
        public record In(
                Image image,
                @Range(min = 0, max = 1) @Default("0.5") double strength,
                @Range(min = 1, max = 10) @Default("2") int steps,
                Optional<Mask> where) {}

        public record Out(Image image) {}

        @Override
        public Out run(In in, NodeContext context) {
            Image result = in.image();
            for (Step step : context.steps(in.steps())) {
                Image before = result;
                context.preview(() -> before);
                if (step.isLast()) {
                    result =
                            before.mapPixels((pixel, x, y) ->
                                    pixel.scaled(
                                            1
                                                    - in.strength()
                                                            * in.where().map(mask -> mask.coverage(x, y)).orElse(1.0)));
                }
            }
            return new Out(result);
        }

        @MigratesFrom(1)
        static void percentToFraction(NodeDocument node) {
            node.number("strength").ifPresent(percent -> node.set("strength", percent / 100));
        }
    }

    /// Says what it was given, one of each type.
    @NodeType(id = "test/describe", title = "Describe", group = "Test")
    public static final class Describe implements Node<Describe.In, Describe.Out> {
        public record In(
                @Default("word") String text,
                @Range(min = 0, max = 9) @Default("1.5") float number,
                @Range(min = 0, max = 9) @Default("3") int integer,
                @Default("true") boolean flag,
                @Default("plain") Mode mode,
                @Default("7") Seed seed,
                @Default("test/model") ModelReference model,
                @Default("") List<Double> numbers,
                Optional<Place> place) {}

        public record Out(
                String text, double number, long integer, boolean flag, Mode mode, List<String> words, Place place) {}

        @Override
        public Out run(In in, NodeContext context) {
            return new Out(
                    in.text() + " " + in.model().id() + " " + in.seed(),
                    in.number(),
                    in.integer(),
                    in.flag(),
                    in.mode(),
                    in.numbers().stream().map(String::valueOf).toList(),
                    in.place().orElse(new Place(0, 0, Mode.PLAIN)));
        }
    }

    /// Fails as it is told to.
    @NodeType(id = "test/fail", title = "Fail", group = "Test")
    public static final class Fail implements Node<Fail.In, Fail.Out> {
        public record In(String how) {}

        public record Out(String text) {}

        @Override
        public Out run(In in, NodeContext context) throws IOException {
            return switch (in.how()) {
                case "user" ->
                        throw NodeException.user("test/told-to", "It was told to fail.")
                                .next("Tell it something else.");
                case "bug" -> throw new IllegalStateException("a bug");
                case "null" -> new Out(null);
                default -> new Out(in.how());
            };
        }
    }

    /// Leaves a file in its scratch folder and says where.
    @NodeType(id = "test/scratch", title = "Scratch", group = "Test")
    public static final class Scratch implements Node<Scratch.In, Scratch.Out> {
        public record In() {}

        public record Out(String file) {}

        @Override
        public Out run(In in, NodeContext context) throws IOException {
            Path file = Files.createDirectory(context.scratch().resolve("folder")).resolve("file");
            Files.writeString(file, "scratch");
            return new Out(file.toString());
        }
    }

    /// Asks a model.
    @NodeType(id = "test/ask", title = "Ask", group = "Test")
    public static final class Ask implements Node<Ask.In, Ask.Out> {
        public record In(ModelReference model) {}

        public record Out(Tensor answer) {}

        @Override
        public Out run(In in, NodeContext context) {
            return new Out(
                    context.model(in.model(), "decoder")
                            .call(Map.of("x", Tensor.ofFloats(new float[] {2}, 1)))
                            .get("y"));
        }
    }
}
