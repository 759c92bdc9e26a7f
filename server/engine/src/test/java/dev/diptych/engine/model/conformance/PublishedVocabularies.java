// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;

/// The vocabularies among the tests' resources, as plugins bring them.
public final class PublishedVocabularies {
    private PublishedVocabularies() {}

    public static Optional<byte[]> find(String name) {
        try (InputStream in = PublishedVocabularies.class.getResourceAsStream("/vocabularies/" + name)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static CaseContext context() {
        return new SuppliedContext(
                SuppliedContext.noModels(),
                SuppliedContext.noNodes(),
                new TokenizerFiles(),
                PublishedVocabularies::find);
    }
}
