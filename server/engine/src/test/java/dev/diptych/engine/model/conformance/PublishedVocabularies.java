// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.conformance;

import dev.diptych.api.model.CaseContext;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Vocabularies as plugins bring them: those among the tests' resources, and the one that `plugins/clip` has.
public final class PublishedVocabularies {
    private static final Path OF_CLIP =
            Path.of(System.getProperty("diptych.home"), "plugins/clip/src/main/resources/vocabularies");

    private PublishedVocabularies() {}

    public static Optional<byte[]> find(String name) {
        try (InputStream in = PublishedVocabularies.class.getResourceAsStream("/vocabularies/" + name)) {
            if (in != null) {
                return Optional.of(in.readAllBytes());
            }
            Path file = OF_CLIP.resolve(name);
            return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
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
