// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

class PortraitAttributesTest {
    private static final Path CHECKOUT = Path.of("../..").toAbsolutePath().normalize();

    @TempDir private Path folder;

    @BeforeAll
    static void plugins_come_from_the_checkout() {
        System.setProperty("diptych.home", CHECKOUT.toString());
    }

    @Test
    void sample_portraits_are_read_as_they_were_drawn() throws IOException {
        Readings readings = Readings.of(folder, "lion", "corgi", "cat", "fox", "panda", "person");

        assertThat(readings.of(0))
                .containsAllEntriesOf(
                        Map.of("species", "lion", "neckwear", "scarf", "neckwear_colour", "red", "hat", "none"));
        assertThat(readings.of(1))
                .containsAllEntriesOf(
                        Map.of("species", "corgi", "hat", "party hat", "hat_colour", "purple", "neckwear", "bow tie"));
        assertThat(readings.of(2))
                .containsAllEntriesOf(Map.of("species", "cat", "fur", "gray", "hat", "beret", "background", "cream"));
        assertThat(readings.of(3))
                .containsAllEntriesOf(Map.of("species", "fox", "glasses", "glasses", "background", "lavender"));
        assertThat(readings.of(4))
                .containsAllEntriesOf(Map.of("species", "panda", "mood", "surprised", "hat_colour", "yellow"));
        assertThat(readings.of(5))
                .containsAllEntriesOf(
                        Map.of("species", "person", "hair", "red", "hair_length", "long", "glasses", "sunglasses"));
        assertThat(readings.probabilities(0, "species").values().stream().mapToDouble(Double::doubleValue).sum())
                .isBetween(0.999, 1.001);
    }
}
