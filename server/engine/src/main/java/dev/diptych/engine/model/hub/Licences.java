// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Finds a model's licence: in the front matter of its card, else by the text of its `LICENSE`.
final class Licences {
    private static final int LONGEST = 60;
    private static final Pattern KEY = Pattern.compile("(?m)^license(_name)?:\\s*[\"']?([^\"'#\\n]+?)[\"']?\\s*$");
    private static final List<String> FILES = List.of("LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE");
    private static final Map<Pattern, String> TEXTS =
            Map.of(
                    Pattern.compile("Apache License\\s+Version 2\\.0"), "Apache-2.0",
                    Pattern.compile("MIT License|Permission is hereby granted, free of charge"), "MIT",
                    Pattern.compile("CreativeML Open RAIL\\+\\+-M"), "openrail++",
                    Pattern.compile("CreativeML Open RAIL-M"), "creativeml-openrail-m",
                    Pattern.compile("GNU AFFERO GENERAL PUBLIC LICENSE"), "AGPL-3.0",
                    Pattern.compile("BSD 3-Clause License"), "BSD-3-Clause");

    private Licences() {}

    /// @param metadata of a single file; empty for a folder
    /// @return as it is written; null if nothing is
    static @Nullable String of(FoundModel model, Map<String, String> metadata) throws IOException {
        for (String key : List.of("modelspec.license", "license")) {
            if (metadata.containsKey(key)) {
                return shortened(metadata.get(key));
            }
        }
        if (model.isFile()) {
            return model.root().licence();
        }
        String written = null;
        Matcher key = KEY.matcher(ModelCard.of(model).front());
        while (key.find()) {
            written = written == null || key.group(1) != null ? key.group(2).strip() : written;
        }
        if (written != null) {
            return shortened(written);
        }
        for (String file : FILES) {
            Optional<String> text = ModelCard.file(model, file);
            if (text.isPresent()) {
                return TEXTS.entrySet().stream()
                        .filter(known -> known.getKey().matcher(text.get()).find())
                        .map(Map.Entry::getValue)
                        .findFirst()
                        .orElse("see " + file);
            }
        }
        return model.root().licence();
    }

    private static String shortened(String text) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() > LONGEST ? line.substring(0, LONGEST) + "…" : line;
    }
}
