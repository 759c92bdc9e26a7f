// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What its authors say of a model: the `README.md` of its folder, as it is customary on model hubs.
///
/// @param front the YAML before the text; empty if there is none
/// @param text  Markdown
record ModelCard(String front, String text) {
    private static final int READ_BYTES = 16 << 10;
    private static final int LONGEST_SUMMARY = 400;
    private static final Pattern FRONT_MATTER = Pattern.compile("\\A---\\s*\\n(.*?)\\n---", Pattern.DOTALL);

    /// Empty for a single file, and for a folder without a card.
    static ModelCard of(FoundModel model) throws IOException {
        String all = model.isFile() ? "" : file(model, "README.md").orElse("").replace("\r\n", "\n");
        Matcher matter = FRONT_MATTER.matcher(all);
        return matter.find() ? new ModelCard(matter.group(1), all.substring(matter.end())) : new ModelCard("", all);
    }

    /// The beginning of a file of the model's folder; empty if there is none, or if it is a link out of the folder.
    static Optional<String> file(FoundModel model, String name) throws IOException {
        Path file = model.path().resolve(name);
        if (!Files.isRegularFile(file) || !file.toRealPath().startsWith(model.linksEnd())) {
            return Optional.empty();
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Optional.of(new String(in.readNBytes(READ_BYTES), StandardCharsets.UTF_8));
        }
    }

    /// The first paragraph that is plain words, on one line; null if there is none.
    @Nullable String summary() {
        return Arrays.stream(text.split("\\n\\s*\\n"))
                .map(paragraph -> paragraph.strip().replaceAll("\\s+", " "))
                .filter(paragraph -> paragraph.matches("(?s)\\p{L}.*"))
                .map(paragraph ->
                        paragraph.length() > LONGEST_SUMMARY
                                ? paragraph.substring(0, LONGEST_SUMMARY) + "…"
                                : paragraph)
                .findFirst()
                .orElse(null);
    }
}
