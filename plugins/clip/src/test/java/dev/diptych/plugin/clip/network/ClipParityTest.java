// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.clip.network;

import dev.diptych.testkit.NetworkParity;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;

class ClipParityTest {
    private static final Path CASES = Path.of("src/test/resources/network");

    @Test
    void encodes_captions_as_transformers() {
        NetworkParity.check(CASES.resolve("text-quick-gelu"), new ClipProjectedTextArchitecture());
    }

    @Test
    void encodes_pictures_as_transformers() {
        NetworkParity.check(CASES.resolve("vision-gelu"), new ClipProjectedVisionArchitecture());
    }
}
