// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Which digests of projections name the same space. A model with both towers tells that its two are one, so that the embeddings of a folder with
/// only the text tower and one with only the vision tower can be mixed. Usable from any thread.
public final class EmbeddingSpaces {
    private final Map<String, String> textByVisual = new ConcurrentHashMap<>();

    /// Notes that a model with both projections has been seen. Without both it tells nothing.
    public void register(EmbeddingSpace space) {
        if (space.text().isPresent() && space.visual().isPresent()) {
            textByVisual.put(space.visual().get(), space.text().get());
        }
    }

    /// The identity to give an embedding: the text projection's digest where it is known, else the visual one's.
    ///
    /// @throws IllegalArgumentException if the model has no projection
    public String identity(EmbeddingSpace space) {
        return space.text()
                .or(() -> space.visual().map(this::resolved))
                .orElseThrow(() -> new IllegalArgumentException("A model without projections has no embedding space"));
    }

    /// Whether two identities name one space, as far as the models seen so far tell.
    public boolean areSame(String a, String b) {
        return resolved(a).equals(resolved(b));
    }

    private String resolved(String identity) {
        return textByVisual.getOrDefault(identity, identity);
    }
}
