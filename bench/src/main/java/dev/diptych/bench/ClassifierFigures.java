// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.bench.PortraitCases.Labelled;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whether the attribute classifier, which judges the edits, is right: on what is drawn, and on pictures of the decoder, held against what a person saw in them.
final class ClassifierFigures implements EditFigures {
    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        List<PortraitReadings> readings = PortraitReadings.of(portraits.runner(), portraits.before());
        double least = 100;
        for (String attribute : portraits.cases().getFirst().before().keySet()) {
            double right =
                    portraits.share(i -> readings.get(i).shows(portraits.cases().get(i).before(), Set.of(attribute)));
            least = Math.min(least, right);
        }
        return List.of(
                Figure.atLeast(98, "drawn pictures read rightly, worst attribute", least, "%"),
                Figure.of("pictures of the decoder read as a person does, all attributes", asAPerson(portraits), "%"));
    }

    private static double asAPerson(EditedPortraits portraits) throws IOException, InterruptedException {
        List<Labelled> labelled = portraits.truth().labelled();
        List<String> images = new ArrayList<>();
        for (Labelled each : labelled) {
            images.add(portraits.runner().upload(each.picture()));
        }
        List<PortraitReadings> readings = PortraitReadings.of(portraits.runner(), images);
        int told = 0;
        int right = 0;
        for (int i = 0; i < readings.size(); i++) {
            for (Map.Entry<String, String> seen : labelled.get(i).seen().entrySet()) {
                told++;
                right += readings.get(i).value(seen.getKey()).equals(seen.getValue()) ? 1 : 0;
            }
        }
        return 100.0 * right / told;
    }
}
