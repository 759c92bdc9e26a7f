// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// T5's tokenizer out of its `spiece.model`: Kudo, "Subword Regularization", arXiv:1804.10959. As `transformers`' `T5Tokenizer`: pieces, then the sentinels
/// `<extra_id_99>` to `<extra_id_0>`, and `</s>` after a text.
final class SentencePiece {
    private static final String SPACE = "\u2581";
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private SentencePiece() {}

    static Definition t5(byte[] file, String name, SpecialTokens special) {
        SentencePieceModel model;
        try {
            model = SentencePieceModel.read(file);
            if (model.charsMap().length > 0) {
                CharsMap.check(model.charsMap());
            }
        } catch (IllegalArgumentException e) {
            throw BadTokenizer.of(name, "it is no SentencePiece model: " + e.getMessage(), e);
        }
        if (model.modelType() != SentencePieceModel.UNIGRAM) {
            throw BadTokenizer.of(
                    name,
                    "its model has the type " + model.modelType() + ", only unigram models (1) are implemented",
                    null);
        }
        if (!model.hasDummyPrefix() || !model.joinsSpaces()) {
            throw BadTokenizer.of(name, "it keeps white space as it is, which is not implemented; T5's joins it", null);
        }
        String end = special.token("eos_token", "</s>");
        String unknown = special.token("unk_token", "<unk>");
        String padding = special.token("pad_token", "<pad>");
        List<String> sentinels = new ArrayList<>();
        for (int i = 0; i < special.extraIds(); i++) {
            sentinels.add("<extra_id_" + i + ">");
        }
        ObjectNode json = json(model, sentinels, name);
        List<String> defaults = new ArrayList<>();
        for (String token : new String[] {padding, end, unknown}) {
            if (token != null) {
                defaults.add(token);
            }
        }
        defaults.addAll(sentinels);
        special.addTo(json, defaults);
        if (end != null) {
            ObjectNode after = json.putObject("post_processor").put("type", "TemplateProcessing");
            ArrayNode single = after.putArray("single");
            single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            single.addObject().putObject("SpecialToken").put("id", end).put("type_id", 0);
            after.set("pair", single.deepCopy());
            ObjectNode token = after.putObject("special_tokens").putObject(end).put("id", end);
            token.putArray("ids").add(Vocabulary.of(json).id(end).orElseThrow());
            token.putArray("tokens").add(end);
        }
        int maxLength = special.maxLength(512);
        return new Definition(name, json, Definition.AS_IT_IS, null, false, null, padding, maxLength);
    }

    private static ObjectNode json(SentencePieceModel model, List<String> sentinels, String name) {
        ObjectNode json = NODES.objectNode();
        json.put("version", "1.0");
        if (model.charsMap().length > 0) {
            json.putObject("normalizer")
                    .put("type", "Precompiled")
                    .put("precompiled_charsmap", Base64.getEncoder().encodeToString(model.charsMap()));
        }
        ArrayNode steps = json.putObject("pre_tokenizer").put("type", "Sequence").putArray("pretokenizers");
        steps.addObject().put("type", "WhitespaceSplit");
        steps.add(metaspace());
        json.set("decoder", metaspace());
        ObjectNode unigram = json.putObject("model").put("type", "Unigram");
        ArrayNode vocabulary = unigram.putArray("vocab");
        int unknown = -1;
        for (SentencePieceModel.Piece piece : model.pieces()) {
            if (piece.type() == SentencePieceModel.Piece.UNKNOWN) {
                unknown = vocabulary.size();
            }
            vocabulary.addArray().add(piece.text()).add((double) piece.score());
        }
        if (unknown < 0) {
            throw BadTokenizer.of(name, "none of its pieces is the unknown one", null);
        }
        for (String sentinel : sentinels.reversed()) {
            vocabulary.addArray().add(sentinel).add(0.0);
        }
        unigram.put("unk_id", unknown);
        unigram.put("byte_fallback", model.byteFallback());
        return json;
    }

    private static ObjectNode metaspace() {
        return NODES.objectNode()
                .put("type", "Metaspace")
                .put("replacement", SPACE)
                .put("prepend_scheme", "always")
                .put("split", true);
    }
}
