// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.value.Digests;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/// The identity of the space that a model's embeddings live in: digests of the matrices that project into it, rounded to float16, so that the same
/// weights give the same identity whether they are stored as float32 or float16, in one file or another.
///
/// @param text   of the text tower's projection
/// @param visual of the vision tower's
public record EmbeddingSpace(Optional<String> text, Optional<String> visual) {
    private static final int BLOCK = 1 << 14;

    /// @param clip both towers or one, with the names of transformers; either digest is absent if the projection is
    public static EmbeddingSpace of(Checkpoint clip) {
        return new EmbeddingSpace(
                Optional.ofNullable(clip.tensors().get("text_projection.weight")).map(EmbeddingSpace::digest),
                Optional.ofNullable(clip.tensors().get("visual_projection.weight")).map(EmbeddingSpace::digest));
    }

    /// SHA-256 of the shape and of all elements, rounded to nearest, ties to even.
    private static String digest(StoredTensor tensor) {
        MessageDigest sha256 = Digests.sha256();
        sha256.update(Shapes.text(tensor.shape()).getBytes(StandardCharsets.US_ASCII));
        MemorySegment data = tensor.data();
        float[] floats = new float[BLOCK];
        ByteBuffer halves = ByteBuffer.allocate(BLOCK * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long first = 0; first < tensor.elements(); first += BLOCK) {
            int count = (int) Math.min(BLOCK, tensor.elements() - first);
            Elements.floats(data, tensor.type(), first, floats, 0, count);
            halves.clear();
            for (int i = 0; i < count; i++) {
                halves.putShort(Float.floatToFloat16(floats[i]));
            }
            sha256.update(halves.flip());
        }
        return HexFormat.of().formatHex(sha256.digest());
    }
}
