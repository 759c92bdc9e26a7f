// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.network;

import dev.diptych.api.model.Config;

import java.util.Arrays;
import java.util.stream.Collectors;

/// What the published names of blocks stand for: which layers stand in a row.
enum BlockType {
    /// Residual blocks; resampled by a convolution.
    PLAIN("DownBlock2D", "UpBlock2D"),
    /// Residual blocks; resampled by a residual block.
    RESIDUAL("ResnetDownsampleBlock2D", "ResnetUpsampleBlock2D"),
    /// With attention within the picture.
    ATTENTION("AttnDownBlock2D", "AttnUpBlock2D"),
    /// With a transformer that looks at the picture, then at the text.
    TRANSFORMER("CrossAttnDownBlock2D", "CrossAttnUpBlock2D"),
    /// With one attention to text and picture; resampled by a residual block.
    TEXT_AND_PICTURE("SimpleCrossAttnDownBlock2D", "SimpleCrossAttnUpBlock2D"),
    /// With a picture that runs beside the U.
    SKIP("SkipDownBlock2D", "SkipUpBlock2D"),
    /// With a picture that runs beside the U, and attention within the picture.
    ATTENTION_SKIP("AttnSkipDownBlock2D", "AttnSkipUpBlock2D"),
    /// The latent upscaler's, whose norms are told the time.
    ADAPTIVE("KDownBlock2D", "KUpBlock2D"),
    /// The latent upscaler's, with attention to the text.
    ADAPTIVE_TEXT("KCrossAttnDownBlock2D", "KCrossAttnUpBlock2D");

    /// An old way to write a name.
    private static final String PREFIX = "UNetRes";

    private final String down;
    private final String up;

    BlockType(String down, String up) {
        this.down = down;
        this.up = up;
    }

    /// @param key under which the configuration names it
    static BlockType down(Config config, String key, String name) {
        return named(config, key, name, true);
    }

    /// @param key under which the configuration names it
    static BlockType up(Config config, String key, String name) {
        return named(config, key, name, false);
    }

    private static BlockType named(Config config, String key, String name, boolean isDown) {
        String plain = name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
        for (BlockType type : values()) {
            if (type.name(isDown).equals(plain)) {
                return type;
            }
        }
        throw config.unsupported(
                key,
                name
                        + " is not implemented; allowed: "
                        + Arrays.stream(values()).map(type -> type.name(isDown)).collect(Collectors.joining(", ")));
    }

    private String name(boolean isDown) {
        return isDown ? down : up;
    }

    /// Whether it looks at the text.
    boolean readsText() {
        return switch (this) {
            case TRANSFORMER, TEXT_AND_PICTURE, ADAPTIVE_TEXT -> true;
            case PLAIN, RESIDUAL, ATTENTION, SKIP, ATTENTION_SKIP, ADAPTIVE -> false;
        };
    }
}
