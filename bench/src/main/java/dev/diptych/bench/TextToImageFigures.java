// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import dev.diptych.bench.PortraitCases.Case;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whether a picture shows what its caption names, and still does when it is enlarged.
final class TextToImageFigures implements EditFigures {
    @Override
    public List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException {
        List<Case> cases = portraits.cases();
        List<JsonNode> made =
                portraits.edit("text-to-image", each -> Map.of("text", each.caption(), "seed", each.number()));
        List<PortraitReadings> small = portraits.read(made, "small");
        List<PortraitReadings> large = portraits.read(made, "image");
        double species = portraits.share(i -> small.get(i).shows(cases.get(i).before(), Set.of("species")));
        double jointly = portraits.share(i -> small.get(i).shows(cases.get(i).before(), cases.get(i).named()));
        double enlarged = portraits.share(i -> large.get(i).shows(cases.get(i).before(), cases.get(i).named()));
        return List.of(
                Figure.atLeast(95, "text to image: species as told", species, "%"),
                Figure.atLeast(70, "text to image: all that was named, jointly", jointly, "%"),
                Figure.atMost(2, "the same at 256 px: lost", jointly - enlarged, "points"));
    }
}
