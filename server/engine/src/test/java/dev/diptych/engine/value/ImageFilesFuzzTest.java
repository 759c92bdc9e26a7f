// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;

/// Feeds bytes to the readers of pictures. A build replays the corpus beside the class; `JAZZER_FUZZ=1` looks for more.
final class ImageFilesFuzzTest {
    private static final int MOST_PIXELS = 1 << 20;

    private final ImageFiles files = new ImageFiles(MOST_PIXELS);

    @FuzzTest(maxDuration = "2m")
    void any_bytes_are_a_picture_or_refused_by_name(byte[] bytes) {
        Image image;
        try {
            image = files.read(bytes, "lion.png");
        } catch (NodeException e) {
            assertThat(e.kind()).isEqualTo(ErrorKind.USER);
            assertThat(e).hasMessageContaining("lion.png");
            assertThat(e.next()).isPresent();
            return;
        }
        assertThat((long) image.width() * image.height()).isBetween(1L, (long) MOST_PIXELS);
        assertThat(files.read(PngWriter.write(image), "again")).isEqualTo(image);
    }
}
