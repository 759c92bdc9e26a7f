// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Image;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Mask;
import dev.diptych.api.value.Tensor;
import dev.diptych.api.value.Video;

import java.util.List;
import java.util.Map;

/// How many bytes a value holds, roughly: what the memory tier counts.
final class ValueSize {
    private static final long SMALL = 64;

    private ValueSize() {}

    static long of(Object value) {
        return switch (value) {
            case Image image -> image.bytes().length;
            case Mask mask -> mask.bytes().length;
            case Video video -> video.frames().stream().mapToLong(ValueSize::of).sum();
            case Tensor tensor ->
                    tensor.length()
                            * switch (tensor.type()) {
                                case FLOAT32 -> 4L;
                                case INT64 -> 8L;
                                case UINT8 -> 1L;
                            };
            case Latent latent -> of(latent.tensor());
            case Embedding embedding -> of(embedding.vector());
            case String text -> text.length() * 2L;
            case List<?> list -> list.stream().mapToLong(ValueSize::of).sum();
            case Map<?, ?> fields -> fields.values().stream().mapToLong(ValueSize::of).sum();
            default -> SMALL;
        };
    }
}
