// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

/// A vector that knows the space it lives in. Nodes refuse to mix spaces.
///
/// @param vector (dimensions), float32
/// @param space  identity of the space: a digest of the projection weights, whatever file or number format they came from
public record Embedding(Tensor vector, String space) {
    /// @throws IllegalArgumentException if the vector is not one row of float32
    public Embedding {
        if (vector.type() != Tensor.Type.FLOAT32 || vector.rank() != 1) {
            throw new IllegalArgumentException("An embedding is one row of float32, not " + vector);
        }
    }
}
