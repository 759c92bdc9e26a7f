// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What edits do, on the bundled models through the product's own workflows with their defaults and fixed seeds: the attribute classifier says what each picture shows,
/// and the drawn counterfactual what it should. Goals are those of models trained for hours on two processor cores.
final class EditsBenchmark implements Benchmark {
    /// Edits of each kind, unless told otherwise.
    static final int USUAL = 200;

    private static final int QUICK = 8;

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
            EditedPortraits portraits =
                    EditedPortraits.upload(home, truth, runner, truth.first(isQuick ? QUICK : edits));
            List<Figure> figures = new ArrayList<>();
            for (EditFigures kind : kinds(isQuick)) {
                for (Figure figure : kind.of(portraits)) {
                    figures.add(figure);
                    // all of them come at the end, which can be hours away
                    System.err.println(figure.name() + ": " + Numbers.shown(figure.value()) + " " + figure.unit());
                }
            }
            return figures;
        }
    }

    private static List<EditFigures> kinds(boolean isQuick) {
        List<EditFigures> kinds =
                new ArrayList<>(
                        List.of(
                                new ClassifierFigures(),
                                new TextToImageFigures(),
                                new InversionFigures(),
                                new TextDiffFigures(),
                                new VariationFigures(),
                                new InterpolationFigures(),
                                new EnlargingFigures(isQuick ? 1 : Integer.MAX_VALUE)));
        if (!isQuick) {
            kinds.add(new EditTimes());
        }
        return kinds;
    }
}
