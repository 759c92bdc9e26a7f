// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Architecture;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.ModelReference;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.DeviceModels;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;
import dev.diptych.plugin.diffusion.adm.SuperResModel;
import dev.diptych.plugin.unclip.network.ImageNormalizer;
import dev.diptych.testkit.NetworkParity;
import dev.diptych.testkit.NodeResult;
import dev.diptych.testkit.NodeRunner;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;

/// The node on a small network of ADM's, held against the recipe's, see `make.py` beside the model.
class UpsampleTest {
    private static final Path FOLDER = Path.of("src/test/resources/upsampler").toAbsolutePath();
    private static final ModelReference MODEL = new ModelReference("model");
    private static final List<Architecture> ARCHITECTURES = List.of(new SuperResModel(), new ImageNormalizer());

    /* Half a level of rounding, and what fifteen steps in float32 add. */
    private static final double TOLERANCE = 0.5 / 255 + 0.0005;

    @TempDir private Path folder;
    private Devices devices = devices(DeviceSettings.usual().bytes());

    private static Devices devices(long bytes) {
        return new Devices(
                new Architectures(ARCHITECTURES), new DeviceSettings(1, 1, DeviceSettings.Precision.FLOAT32, bytes));
    }

    @AfterEach
    void close() {
        devices.close();
    }

    private NodeRunner upsample(Path root) {
        ModelHub hub = new ModelHub(List.of(ModelRoot.ofFolder(root)), new FileDigests(null), new TokenizerFiles());
        return NodeRunner.of(Upsample.class)
                .withModels(new InstalledModels(hub, new DeviceModels(hub, devices)))
                .with("model", MODEL)
                .with("image", picture(13, 9));
    }

    private NodeRunner upsample() {
        return upsample(FOLDER);
    }

    /// As `make.py` draws it.
    private static Image picture(int width, int height) {
        byte[] bytes = new byte[width * height * 3];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = 3 * (y * width + x);
                bytes[at] = (byte) (x * 19);
                bytes[at + 1] = (byte) (y * 28);
                bytes[at + 2] = (byte) ((x + y) * 12);
            }
        }
        return Image.ofBytes(width, height, 3, bytes);
    }

    @Test
    void enlarges_a_picture_of_any_size_as_the_recipe_does() throws IOException {
        NodeResult result = upsample().with("seed", 77).with("noiseLevel", 150).run();

        Image image = result.image("image");
        Tensor expected =
                Objects.requireNonNull(NetworkParity.tensors(FOLDER.resolve("outputs.safetensors")).get("image"));
        assertThat(expected.shape()).containsExactly(1, 3, image.height(), image.width());
        assertThat(result.output("notices", List.class)).isEmpty();
        int plane = image.width() * image.height();
        double worst = 0;
        for (int i = 0; i < image.bytes().length; i++) {
            float wanted = expected.floats()[i % 3 * plane + i / 3];
            worst = Math.max(worst, Math.abs((image.bytes()[i] & 255) / 255.0 - wanted));
        }
        assertThat(worst).isLessThan(TOLERANCE);
    }

    @Test
    void a_seed_draws_the_same_details_again_and_another_seed_others() {
        Image once = upsample().with("seed", 3).run().image("image");

        assertThat(upsample().with("seed", 3).with("steps", 15).run().image("image")).isEqualTo(once);
        assertThat(upsample().with("seed", 4).run().image("image")).isNotEqualTo(once);
    }

    @Test
    void noise_on_the_small_picture_changes_the_large_one() {
        Image near = upsample().run().image("image");

        assertThat(upsample().with("noiseLevel", 0).run().image("image")).isEqualTo(near);
        assertThat(upsample().with("noiseLevel", 700).run().image("image")).isNotEqualTo(near);
    }

    @Test
    void shows_its_progress_in_small_pictures_and_can_be_cancelled() {
        NodeResult result = upsample().with("image", picture(80, 70)).with("steps", 2).run();

        assertThat(result.image("image").width()).isEqualTo(320);
        assertThat(result.progress()).hasSize(2);
        assertThat(result.previews()).hasSize(2).allMatch(each -> each.width() == 256 && each.height() == 224);
        assertThatThrownBy(() -> upsample().cancelledAfter(3).run()).isInstanceOf(CancellationException.class);
    }

    @Test
    void makes_tiles_when_memory_is_short_which_are_seen_in_the_notice_and_hardly_in_the_picture() {
        Image small = picture(96, 80);
        Image whole = upsample().with("image", small).with("steps", 4).run().image("image");
        NodeResult tiled;
        long bytes = 64L << 20;
        do { // until it just does not fit
            bytes = bytes * 9 / 10;
            devices.close();
            devices = devices(bytes);
            tiled = upsample().with("image", small).with("steps", 4).run();
        } while (tiled.output("notices", List.class).isEmpty());

        assertThat(tiled.output("notices", List.class))
                .containsExactly(
                        "The device's memory did not suffice for 384 x 320 pixels at once: the picture was made in 4 tiles of 256 x 256 pixels, which overlap and are blended.");
        assertThat(difference(whole, tiled.image("image"))).isBetween(1e-9, 0.02);
    }

    /// Root of the mean square, of white 1.
    private static double difference(Image one, Image other) {
        assertThat(one.bytes()).hasSameSizeAs(other.bytes());
        double squares = 0;
        for (int i = 0; i < one.bytes().length; i++) {
            double each = ((one.bytes()[i] & 255) - (other.bytes()[i] & 255)) / 255.0;
            squares += each * each;
        }
        return Math.sqrt(squares / one.bytes().length);
    }

    @Test
    void says_so_when_not_even_tiles_fit() {
        devices.close();
        devices = devices(1 << 20);

        assertThatThrownBy(() -> upsample().with("image", picture(96, 80)).run())
                .isInstanceOfSatisfying(
                        NodeException.class, error -> assertThat(error.code()).isEqualTo("device/out-of-memory"));
    }

    @Test
    void refuses_what_would_be_too_large() {
        assertThatThrownBy(() -> upsample().with("image", picture(2100, 2000)).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("8400 x 8000 pixels; at most 67 million");
    }

    @Test
    void refuses_models_that_make_no_picture_larger() throws IOException {
        Files.createDirectories(folder.resolve("model"));
        Files.writeString(folder.resolve("model/config.json"), "{\"_class_name\": \"StableUnCLIPImageNormalizer\"}");

        assertThatThrownBy(() -> upsample(folder).run())
                .isInstanceOfSatisfying(
                        NodeException.class,
                        error -> {
                            assertThat(error.code()).isEqualTo("unclip/no-upsampler");
                            assertThat(error)
                                    .hasMessageContaining("model cannot enlarge")
                                    .hasMessageContaining("StableUnCLIPImageNormalizer");
                            assertThat(error.next().orElse("")).contains("portraits/upsampler-1024");
                        });
    }

    @Test
    void refuses_noise_that_a_network_is_not_told_of_and_networks_that_want_classes() throws IOException {
        String settings = Files.readString(FOLDER.resolve("model/config.json"));
        Files.createDirectories(folder.resolve("model"));
        Files.copy(FOLDER.resolve("model/model.safetensors"), folder.resolve("model/model.safetensors"));
        Path config = folder.resolve("model/config.json");

        Files.writeString(config, settings.replace("\"aug_schedule\": \"linear\"", "\"num_classes\": null"));
        assertThatThrownBy(() -> upsample(folder).with("noiseLevel", 5).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("The noise level is 5")
                .hasMessageContaining("not told of noise");

        Files.writeString(config, settings.replace("\"aug_schedule\": \"linear\"", "\"num_classes\": 7"));
        assertThatThrownBy(() -> upsample(folder).run())
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("class that it wants to be told");
    }
}
