// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.hub;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;

import java.util.regex.Pattern;

/// Names of models: one to four words with slashes between them, `owner/name` as a rule. Such a name is a path below a folder of models and leads nowhere else.
public final class ModelId {
    private static final String WORD = "[\\p{L}\\p{N}_][\\p{L}\\p{N}_. +-]{0,120}";
    private static final Pattern WORDS = Pattern.compile(WORD + "(/" + WORD + "){0,3}");
    private static final Pattern LAST_WORD = Pattern.compile(WORD);

    private ModelId() {}

    public static boolean isValid(String id) {
        return WORDS.matcher(id).matches() && !id.contains("..") && !id.endsWith(".") && !id.endsWith(" ");
    }

    /// Whether it may be one word of a name.
    static boolean isWord(String name) {
        return LAST_WORD.matcher(name).matches() && isValid(name);
    }

    /// @return the same
    /// @throws NodeException `model/bad-id`
    public static String checked(String id) {
        if (!isValid(id)) {
            throw NodeException.user("model/bad-id", "\"%s\" cannot be the name of a model.", Shown.text(id))
                    .next(
                            "Write one to four words with slashes between them, as \"owner/name\"; a word begins with a letter, a digit or _.");
        }
        return id;
    }
}
