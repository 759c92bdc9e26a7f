// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Resampling;
import dev.diptych.bench.EditRunner.Request;
import dev.diptych.bench.PortraitCases.Case;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// What edits do, on the bundled models through the product's own workflows with their defaults and fixed seeds: the attribute classifier says what each picture shows,
/// and the drawn counterfactual what it should. Goals are those of models trained for hours on two processor cores.
final class EditsBenchmark implements Benchmark {
    /// Edits of each kind, unless told otherwise.
    static final int USUAL = 200;

    private static final int QUICK = 8;
    private static final int VARIATIONS = 4;
    private static final int WORST = 20;

    private static final String IMPLICIT =
            """
            { "diptych": 1, "name": "implicit",
              "inputs": {"image": {"type": "image"}},
              "nodes": {"again": {"type": "unclip/reconstruct", "version": 1, "in": {"image": {"input": "image"}, "method": {"value": "implicit"}}}},
              "outputs": {"psnr": {"node": "again", "out": "psnr"}} }
            """;

    private static final String ENLARGED =
            """
            { "diptych": 1, "name": "enlarged",
              "inputs": {"image": {"type": "image"}, "model": {"type": "model"}},
              "nodes": {"large": {"type": "unclip/upsample", "version": 1, "in": {"image": {"input": "image"}, "model": {"input": "model"}}}},
              "outputs": {"image": {"node": "large", "out": "image"}} }
            """;

    private static final String SHEET =
            """
            { "diptych": 1, "name": "worst",
              "inputs": {"images": {"type": {"list": "image"}}},
              "nodes": {"sheet": {"type": "image/grid", "version": 1, "in": {"images": {"input": "images"}, "columns": {"value": 6}}}},
              "outputs": {"sheet": {"node": "sheet", "out": "image"}} }
            """;

    private final int edits;

    /// @param edits of each kind; at least two, since pictures are blended with each other
    EditsBenchmark(int edits) {
        this.edits = Math.max(2, edits);
    }

    @Override
    public String name() {
        return "edits";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        Checkout.require();
        Path home = Path.of(System.getProperty("diptych.home"));
        PortraitCases truth = PortraitCases.read(home.resolve("plugins/portraits/truth"));
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                ServerProcess server = ServerProcess.start(scratch.path());
                EditRunner runner = new EditRunner(server)) {
            return new Measurement(home, truth, runner, truth.first(isQuick ? QUICK : edits)).figures(isQuick);
        }
    }

    /// One round of all kinds of edits.
    private static final class Measurement {
        private final Path home;
        private final PortraitCases truth;
        private final EditRunner runner;
        private final List<Case> cases;
        private final List<String> before = new ArrayList<>();
        private final List<Figure> figures = new ArrayList<>();

        Measurement(Path home, PortraitCases truth, EditRunner runner, List<Case> cases) {
            this.home = home;
            this.truth = truth;
            this.runner = runner;
            this.cases = cases;
        }

        List<Figure> figures(boolean isQuick) throws Exception {
            for (Case each : cases) {
                before.add(runner.upload(truth.before(each.number())));
            }
            classifier();
            textToImage();
            inversion();
            textDiff();
            embeddingAlone();
            variations();
            interpolation();
            enlarging(isQuick);
            if (!isQuick) {
                times();
            }
            return figures;
        }

        private Request request(String workflow, Map<String, ?> inputs) throws IOException {
            return new Request(EditRunner.workflow(home, workflow), inputs);
        }

        /// Runs a workflow for each case.
        private List<JsonNode> each(String workflow, InputsOf inputs) throws IOException, InterruptedException {
            List<Request> requests = new ArrayList<>();
            for (Case each : cases) {
                requests.add(request(workflow, inputs.of(each)));
            }
            return runner.run(requests);
        }

        private List<PortraitReadings> read(List<JsonNode> outputs, String name)
                throws IOException, InterruptedException {
            return PortraitReadings.of(runner, outputs.stream().map(each -> each.path(name).asText()).toList());
        }

        private void classifier() throws IOException, InterruptedException {
            List<PortraitReadings> readings = PortraitReadings.of(runner, before);
            double least = 1;
            for (String attribute : cases.getFirst().before().keySet()) {
                least = Math.min(least, share(i -> readings.get(i).shows(cases.get(i).before(), Set.of(attribute))));
            }
            figures.add(Figure.atLeast(98, "drawn pictures read rightly, worst attribute", 100 * least, "%"));
            madePictures();
        }

        /// Pictures of the decoder, held against what a person saw in them.
        private void madePictures() throws IOException, InterruptedException {
            List<String> images = new ArrayList<>();
            for (PortraitCases.Labelled each : truth.labelled()) {
                images.add(runner.upload(each.picture()));
            }
            List<PortraitReadings> readings = PortraitReadings.of(runner, images);
            int told = 0;
            int right = 0;
            for (int i = 0; i < readings.size(); i++) {
                for (Map.Entry<String, String> seen : truth.labelled().get(i).seen().entrySet()) {
                    told++;
                    right += readings.get(i).value(seen.getKey()).equals(seen.getValue()) ? 1 : 0;
                }
            }
            figures.add(
                    Figure.of(
                            "pictures of the decoder read as a person does, all attributes",
                            100.0 * right / told,
                            "%"));
        }

        private void textToImage() throws IOException, InterruptedException {
            List<JsonNode> made = each("text-to-image", each -> Map.of("text", each.caption(), "seed", each.number()));
            List<PortraitReadings> small = read(made, "small");
            List<PortraitReadings> large = read(made, "image");
            double jointly = share(i -> small.get(i).shows(cases.get(i).before(), cases.get(i).named()));
            double enlarged = share(i -> large.get(i).shows(cases.get(i).before(), cases.get(i).named()));
            figures.add(
                    Figure.atLeast(
                            95,
                            "text to image: species as told",
                            100 * share(i -> small.get(i).shows(cases.get(i).before(), Set.of("species"))),
                            "%"));
            figures.add(Figure.atLeast(70, "text to image: all that was named, jointly", 100 * jointly, "%"));
            figures.add(Figure.atMost(2, "the same at 256 px: lost", 100 * (jointly - enlarged), "points"));
        }

        private void inversion() throws IOException, InterruptedException {
            List<JsonNode> checked = each("inversion-check", each -> Map.of("image", before.get(each.number())));
            JsonNode implicit = EditRunner.document(IMPLICIT);
            List<Request> requests =
                    before.stream().map(image -> new Request(implicit, Map.of("image", image))).toList();
            List<JsonNode> solved = runner.run(requests);
            figures.add(Figure.atLeast(26, "inversion, 50 steps, explicit: mean PSNR", mean(checked, "psnr"), "dB"));
            figures.add(Figure.of("the same: worst", least(checked, "psnr"), "dB"));
            figures.add(Figure.of("from any other noise: mean PSNR", mean(checked, "psnrOfRandom"), "dB"));
            figures.add(Figure.of("inverted noise: standard deviation", mean(checked, "deviation"), ""));
            figures.add(Figure.of("inverted noise: correlation of neighbours", mean(checked, "correlation"), ""));
            figures.add(Figure.of("inversion: evaluations", mean(checked, "evaluations"), ""));
            figures.add(Figure.atLeast(35, "inversion, 50 steps, implicit: mean PSNR", mean(solved, "psnr"), "dB"));
        }

        private void textDiff() throws IOException, InterruptedException {
            List<JsonNode> edited =
                    each(
                            "text-diff",
                            each ->
                                    Map.of(
                                            "image",
                                            before.get(each.number()),
                                            "before",
                                            each.captionBefore(),
                                            "after",
                                            each.captionAfter()));
            List<PortraitReadings> readings = read(edited, "small");
            List<Double> outside = new ArrayList<>();
            double[] towards = new double[cases.size()];
            for (Case each : cases) {
                Image from = truth.before(each.number());
                Image to = truth.after(each.number());
                Image made = runner.image(edited.get(each.number()).path("small"));
                boolean[] changed = PictureMath.differing(from, to);
                double kept = PictureMath.squaredError(made, from, changed, false);
                if (!Double.isNaN(kept)) {
                    outside.add(PictureMath.psnr(kept));
                }
                towards[each.number()] =
                        PictureMath.psnr(PictureMath.squaredError(made, to, changed, true))
                                - PictureMath.psnr(PictureMath.squaredError(made, from, changed, true));
            }
            double changed = share(i -> isChanged(cases.get(i), readings.get(i)));
            double right =
                    share(i -> isChanged(cases.get(i), readings.get(i)) && isKept(cases.get(i), readings.get(i)));
            figures.add(Figure.of("text diff: named attribute changed", 100 * changed, "%"));
            figures.add(
                    Figure.of(
                            "text diff: all others kept",
                            100 * share(i -> isKept(cases.get(i), readings.get(i))),
                            "%"));
            figures.add(Figure.atLeast(60, "text diff: changed, and all others kept", 100 * right, "%"));
            figures.add(
                    Figure.atLeast(
                            22,
                            "text diff: outside the changed part, mean PSNR",
                            outside.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN),
                            "dB"));
            figures.add(
                    Figure.atLeast(
                            70,
                            "text diff: inside, nearer to the target than to the source",
                            100 * share(i -> towards[i] > 0),
                            "%"));
            sheetOfWorst(edited, towards);
        }

        private static boolean isChanged(Case edit, PortraitReadings reading) {
            return reading.value(edit.attribute()).equals(edit.after().get(edit.attribute()));
        }

        /// What the change brings with it, as a new species its fur, counts neither way.
        private static boolean isKept(Case edit, PortraitReadings reading) {
            Set<String> same = new HashSet<>(edit.before().keySet());
            same.removeIf(attribute -> !Objects.equals(edit.before().get(attribute), edit.after().get(attribute)));
            return reading.shows(edit.before(), same);
        }

        /// Drawn, edited, what it should be; those first that went least towards it.
        private void sheetOfWorst(List<JsonNode> edited, double[] towards) throws IOException, InterruptedException {
            List<String> images = new ArrayList<>();
            for (Case each :
                    cases.stream()
                            .sorted(Comparator.comparingDouble(each -> towards[each.number()]))
                            .limit(WORST)
                            .toList()) {
                images.add(before.get(each.number()));
                images.add(edited.get(each.number()).path("small").asText());
                images.add(runner.upload(truth.after(each.number())));
            }
            JsonNode sheet =
                    runner.run(new Request(EditRunner.document(SHEET), Map.of("images", images)), true).path("sheet");
            Path file = Files.createDirectories(home.resolve("bench/target")).resolve("worst-edits.png");
            Files.write(file, runner.bytes(sheet));
            System.err.println("The edits that missed most (drawn, edited, as it should be): " + file);
        }

        private void variations() throws IOException, InterruptedException {
            List<JsonNode> varied = each("variations", each -> Map.of("image", before.get(each.number())));
            List<PortraitReadings> readings = readings(varied);
            Set<String> kept = Set.of("species", "hat", "hat_colour", "neckwear", "neckwear_colour", "glasses");
            double right = share(readings.size(), i -> readings.get(i).shows(cases.get(i / VARIATIONS).before(), kept));
            double between = 0;
            int pairs = 0;
            for (JsonNode each : varied) {
                List<Image> images = new ArrayList<>();
                for (JsonNode image : each.path("images")) {
                    images.add(runner.image(image));
                }
                for (int k = 1; k < VARIATIONS; k++) {
                    between += Math.sqrt(PictureMath.squaredError(images.get(0), images.get(k)));
                    pairs++;
                }
            }
            figures.add(Figure.atLeast(90, "variations: species and accessories kept", 100 * right, "%"));
            double distance = 100 * between / pairs / ofTheSameSpecies();
            figures.add(
                    new Figure(
                            "variations: distance, of that between drawn pictures of the species",
                            distance,
                            "%",
                            "10 to 60",
                            distance >= 10 && distance <= 60,
                            null));
        }

        /// From new noise: whatever the pictures show, the embedding said.
        private void embeddingAlone() throws IOException, InterruptedException {
            List<PortraitReadings> readings =
                    readings(each("variations", each -> Map.of("image", before.get(each.number()), "start", "noise")));
            double species =
                    share(
                            readings.size(),
                            i -> readings.get(i).shows(cases.get(i / VARIATIONS).before(), Set.of("species")));
            figures.add(Figure.atLeast(95, "z alone, no caption: species of the picture z is of", 100 * species, "%"));
        }

        /// Of all pictures of each output, in their order.
        private List<PortraitReadings> readings(List<JsonNode> outputs) throws IOException, InterruptedException {
            List<String> all = new ArrayList<>();
            outputs.forEach(each -> each.path("images").forEach(image -> all.add(image.asText())));
            return PortraitReadings.of(runner, all);
        }

        private double ofTheSameSpecies() {
            double sum = 0;
            int pairs = 0;
            List<Case> all = truth.first(USUAL);
            for (Case a : all) {
                for (Case b : all) {
                    if (a.number() < b.number()
                            && Objects.equals(a.before().get("species"), b.before().get("species"))) {
                        sum += Math.sqrt(PictureMath.squaredError(truth.before(a.number()), truth.before(b.number())));
                        pairs++;
                    }
                }
            }
            return sum / pairs;
        }

        private void interpolation() throws IOException, InterruptedException {
            List<JsonNode> blended =
                    each(
                            "interpolation",
                            each ->
                                    Map.of(
                                            "a",
                                            before.get(each.number()),
                                            "b",
                                            before.get((each.number() + 1) % cases.size())));
            List<Double> correlations = new ArrayList<>();
            int ends = 0;
            for (int i = 0; i < cases.size(); i++) {
                List<PortraitReadings> readings = readings(List.of(blended.get(i)));
                Map<String, String> a = cases.get(i).before();
                Map<String, String> b = cases.get((i + 1) % cases.size()).before();
                ends += readings.getFirst().shows(a, a.keySet()) ? 1 : 0;
                ends += readings.getLast().shows(b, b.keySet()) ? 1 : 0;
                for (String attribute : a.keySet()) {
                    String from = a.getOrDefault(attribute, "");
                    String to = b.getOrDefault(attribute, "");
                    if (!from.equals(to)) {
                        correlations.add(
                                PictureMath.rankCorrelation(
                                        readings.stream()
                                                .mapToDouble(frame ->
                                                        frame.logarithm(attribute, to)
                                                                - frame.logarithm(attribute, from))
                                                .toArray()));
                    }
                }
            }
            figures.add(
                    Figure.atLeast(
                            0.8,
                            "interpolation: rank correlation of frame and logit",
                            correlations.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN),
                            ""));
            figures.add(
                    Figure.atLeast(
                            90, "interpolation: ends show what the inputs show", 50.0 * ends / cases.size(), "%"));
        }

        private void enlarging(boolean isQuick) throws IOException, InterruptedException {
            int count = Math.min(truth.largeCount(), cases.size());
            double small = gain("portraits/unclip", count, truth::before, truth::large);
            figures.add(Figure.atLeast(2, "64 to 256 px, over bicubic", small, "dB"));
            int largest = isQuick ? 1 : Math.min(truth.largestCount(), cases.size());
            double large = gain("portraits/upsampler-1024", largest, truth::large, truth::largest);
            figures.add(Figure.atLeast(2, "256 to 1024 px, over bicubic", large, "dB"));
        }

        /// Mean of the first cases, in decibels over bicubic enlargement.
        private double gain(String model, int count, IntFunction<Image> small, IntFunction<Image> large)
                throws IOException, InterruptedException {
            JsonNode document = EditRunner.document(ENLARGED);
            List<Request> requests = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                requests.add(new Request(document, Map.of("image", runner.upload(small.apply(i)), "model", model)));
            }
            List<JsonNode> made = runner.run(requests);
            double gain = 0;
            for (int i = 0; i < count; i++) {
                Image wanted = large.apply(i);
                Image bicubic = Resampling.BICUBIC.resize(small.apply(i), wanted.width(), wanted.height());
                gain +=
                        PictureMath.psnr(PictureMath.squaredError(runner.image(made.get(i).path("image")), wanted))
                                - PictureMath.psnr(PictureMath.squaredError(bicubic, wanted));
            }
            return gain / count;
        }

        private void times() throws IOException, InterruptedException {
            Request text = request("text-to-image", Map.of());
            Request diff = request("text-diff", Map.of());
            figures.add(Figure.atMost(4, "text to image, 256 px, alone, warm", seconds(text), "s"));
            figures.add(
                    Figure.atMost(10, "text diff with inversion, 50 steps, 256 px, alone, warm", seconds(diff), "s"));
        }

        private double seconds(Request request) throws IOException, InterruptedException {
            double best = Double.MAX_VALUE;
            for (int i = 0; i < 3; i++) {
                long began = System.nanoTime();
                runner.run(request, false);
                best = Math.min(best, (System.nanoTime() - began) / 1e9);
            }
            return best;
        }

        private double share(IntPredicate holds) {
            return share(cases.size(), holds);
        }

        private static double share(int count, IntPredicate holds) {
            return IntStream.range(0, count).filter(holds).count() / (double) count;
        }

        private static double mean(List<JsonNode> outputs, String name) {
            return outputs.stream().mapToDouble(number(name)).average().orElse(Double.NaN);
        }

        private static double least(List<JsonNode> outputs, String name) {
            return outputs.stream().mapToDouble(number(name)).min().orElse(Double.NaN);
        }

        private static ToDoubleFunction<JsonNode> number(String name) {
            return outputs -> outputs.path(name).asDouble();
        }
    }

    private interface InputsOf {
        Map<String, ?> of(Case each);
    }
}
