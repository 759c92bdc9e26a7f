// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.StrictJson;
import dev.diptych.engine.model.checkpoint.Checkpoint;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// How strong an adapter is, where its tensors do not say. Diffusers writes it into the file's header: the entry `lora_adapter_metadata`, JSON with keys such as
/// `unet.lora_alpha`. PEFT writes it beside the file, into `adapter_config.json`, for all of the file alike.
final class PeftMetadata {
    private static final String HEADER = "lora_adapter_metadata";
    private static final StrictJson JSON = StrictJson.asPythonWrites(StrictJson.DEFAULT_MAX_BYTES);

    private final String place;
    private final boolean isOfPeft;
    private final @Nullable JsonNode json;

    /// @param json null if it should be there and is not
    private PeftMetadata(String place, boolean isOfPeft, @Nullable JsonNode json) {
        this.place = place;
        this.isOfPeft = isOfPeft;
        this.json = json;
    }

    /// @param config contents of `adapter_config.json`; counts for a file that PEFT has saved
    static PeftMetadata of(String place, Checkpoint file, Optional<byte[]> config) {
        String header = file.metadata().get(HEADER);
        if (header != null) {
            return new PeftMetadata(place, false, read(place, HEADER, header.getBytes(StandardCharsets.UTF_8)));
        }
        boolean isOfPeft = file.tensors().keySet().stream().anyMatch(name -> name.startsWith(AdapterKey.PEFT));
        if (!isOfPeft) {
            return new PeftMetadata(place, false, JsonNodeFactory.instance.objectNode());
        }
        return new PeftMetadata(place, true, config.map(json -> read(place, Adapter.CONFIG, json)).orElse(null));
    }

    private static JsonNode read(String place, String name, byte[] json) {
        try {
            return JSON.read(json);
        } catch (DocumentException e) {
            throw bad(place, "its %s is no JSON: %s".formatted(name, e.problems().getFirst().message())).causedBy(e);
        }
    }

    private static NodeException bad(String place, String what) {
        return NodeException.user("engine/bad-adapter", "%s cannot be used: %s", Shown.text(place), what);
    }

    private JsonNode value(String component, String key) {
        if (json == null) {
            return JsonNodeFactory.instance.missingNode();
        }
        return json.path(isOfPeft ? key : component + "." + key);
    }

    /// The alpha for a module; the rank itself where nothing says it.
    ///
    /// @throws NodeException            `engine/bad-adapter` if PEFT has saved the file and what says it is not beside it
    /// @throws IllegalArgumentException if it stands under a pattern that cannot be used
    double alpha(String component, String module, long rank) {
        for (Map.Entry<String, JsonNode> pattern : value(component, "alpha_pattern").properties()) {
            if (pattern.getValue().isNumber() && fits(pattern.getKey(), module)) {
                return pattern.getValue().doubleValue();
            }
        }
        JsonNode alpha = value(component, "lora_alpha");
        if (alpha.isMissingNode()) {
            alpha = value(component, "alpha"); // as LoHa and LoKr have it
        }
        if (isOfPeft && !alpha.isNumber()) {
            String what =
                    json == null
                            ? "it was saved by PEFT, which keeps its strength in %s beside the file, and there is none."
                            : "its %s has no number \"lora_alpha\".";
            throw bad(place, what.formatted(Adapter.CONFIG))
                    .next(
                            "Put the file with the "
                                    + Adapter.CONFIG
                                    + " that belongs to it into a folder of their own.");
        }
        return alpha.isNumber() ? alpha.doubleValue() : rank;
    }

    /// PEFT's patterns are regular expressions for the end of a module's path, from a dot on.
    private static boolean fits(String pattern, String module) {
        try {
            return Pattern.compile("(.*\\.)?(" + pattern + ")").matcher(new Metered(module)).matches();
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "\"%s\" in alpha_pattern is no regular expression: %s"
                            .formatted(Shown.text(pattern), e.getDescription()),
                    e);
        }
    }

    /// Whether deltas are divided by the root of the rank: Kalajdzievski, arXiv:2312.03732.
    boolean isRankStabilised(String component) {
        return value(component, "use_rslora").booleanValue();
    }

    /// A module's path that can be read so often only: a pattern that a stranger wrote may try for years.
    private static final class Metered implements CharSequence {
        private static final int MOST_READS = 100_000;

        private final String text;
        private int reads;

        Metered(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++reads > MOST_READS) {
                throw new IllegalArgumentException("a regular expression in alpha_pattern takes too long");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
