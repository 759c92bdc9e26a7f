package ${package};

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Pixel;
import dev.diptych.testkit.Images;
import dev.diptych.testkit.NodeRunner;
import dev.diptych.testkit.WorkflowRunner;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;

final class BrightenTest {
    private final Image black = Images.filled(2, 1, Pixel.BLACK);

    @Test
    void brightens_only_where_the_mask_says_so() {
        Mask right = Mask.ofBytes(2, 1, new byte[] {0, (byte) 255});

        Image image =
                NodeRunner.of(Brighten.class)
                        .with("image", black)
                        .with("strength", 1)
                        .with("where", right)
                        .run()
                        .image("image");

        assertThat(image.pixel(0, 0)).isEqualTo(Pixel.BLACK);
        assertThat(image.pixel(1, 0)).isEqualTo(Pixel.WHITE);
    }

    @Test
    void refuses_a_mask_of_another_size() {
        NodeRunner runner = NodeRunner.of(Brighten.class).with("image", black).with("where", Mask.ofBytes(1, 1, new byte[1]));

        assertThatThrownBy(runner::run)
                .isInstanceOf(NodeException.class)
                .hasMessage("The mask has 1 x 1 pixels, the picture 2 x 1.");
    }

    @Test
    void the_example_runs() {
        Image image =
                WorkflowRunner.ofPlugin()
                        .document(Path.of("workflows/example.json"))
                        .with("image", black)
                        .run()
                        .image("image");

        assertThat(image.pixel(0, 0).luminance()).isCloseTo(0.75, within(0.01));
    }
}
