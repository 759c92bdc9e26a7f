// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.Elements;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/// The projections of a model's encoders into their common space: what tells one space of embeddings from another.
///
/// @param text  digest of the text projection, or null if the model has none
/// @param image digest of the image projection, or null if the model has none
record Projections(@Nullable String text, @Nullable String image) {
    private static final String TEXT = "text_projection.weight";
    private static final String IMAGE = "visual_projection.weight";

    /// Reads the two tensors of whichever components have them.
    static Projections of(OpenedModel model) throws IOException {
        String text = null;
        String image = null;
        for (String component : model.components()) {
            if (!model.hasWeights(component)) {
                continue;
            }
            try (Checkpoint checkpoint = model.open(component)) {
                text = text == null ? digest(checkpoint.tensors().get(TEXT)) : text;
                image = image == null ? digest(checkpoint.tensors().get(IMAGE)) : image;
            }
        }
        return new Projections(text, image);
    }

    private static @Nullable String digest(@Nullable StoredTensor tensor) {
        if (tensor == null) {
            return null;
        }
        float[] values = Elements.floats(tensor);
        ByteBuffer halves = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            halves.putShort(Float.floatToFloat16(value));
        }
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            sha.update(Arrays.toString(tensor.shape()).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(sha.digest(halves.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
