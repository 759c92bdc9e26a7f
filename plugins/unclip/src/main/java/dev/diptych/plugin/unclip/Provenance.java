// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.unclip;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Embedding;
import dev.diptych.api.value.Latent;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.inversion.FoundPath;
import dev.diptych.plugin.diffusion.inversion.LatentOrigin;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// What an inverted latent remembers of how it was found, so that it can be decoded in the same way.
///
/// @param decoder   the model whose decoder it belongs to
/// @param path      which it was found along
/// @param guidance  g
/// @param embedding the picture's, which conditioned the decoder
record Provenance(String decoder, FoundPath path, String text, double guidance, Embedding embedding) {
    private static final String KIND = "inversion";

    Map<String, String> written() {
        Map<String, String> origin = new HashMap<>();
        origin.put(LatentOrigin.MADE_BY, KIND);
        origin.put("decoder", decoder);
        path.writeTo(origin);
        origin.put("text", text);
        origin.put("guidance", Double.toString(guidance));
        origin.put("space", embedding.space());
        origin.put("embedding", encoded(embedding.vector().floats()));
        return origin;
    }

    /// @return empty if the latent was not found by inversion
    /// @throws NodeException if decoding cannot begin with it, see [LatentOrigin#isFoundBy]
    static Optional<Provenance> read(Latent latent) {
        if (!LatentOrigin.isFoundBy(KIND, latent)) {
            return Optional.empty();
        }
        Map<String, String> origin = latent.origin();
        try {
            float[] vector = decoded(origin.getOrDefault("embedding", ""));
            return Optional.of(
                    new Provenance(
                            origin.getOrDefault("decoder", ""),
                            FoundPath.read(origin),
                            origin.getOrDefault("text", ""),
                            Double.parseDouble(origin.getOrDefault("guidance", "")),
                            new Embedding(Tensor.ofFloats(vector, vector.length), origin.getOrDefault("space", ""))));
        } catch (IllegalArgumentException e) {
            throw NodeException.user("unclip/bad-latent", "What the inverted latent remembers cannot be read.")
                    .next("Invert the picture again.")
                    .causedBy(e);
        }
    }

    private static String encoded(float[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private static float[] decoded(String text) {
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text)).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.capacity() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }
}
