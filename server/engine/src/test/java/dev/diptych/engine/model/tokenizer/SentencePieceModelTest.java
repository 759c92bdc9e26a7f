// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.diptych.api.error.NodeException;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

final class SentencePieceModelTest {
    private static final SpecialTokens NO_CONFIG =
            new SpecialTokens(JsonNodeFactory.instance.objectNode(), JsonNodeFactory.instance.objectNode());

    private static byte[] trained() throws IOException {
        String resource = "../conformance/cases/hostile/t5/model/spiece.model";
        try (InputStream in = SentencePieceModelTest.class.getResourceAsStream(resource)) {
            return Objects.requireNonNull(in).readAllBytes();
        }
    }

    /// A model with the pieces of the bytes 0 to 255, written field by field.
    private static byte[] written(boolean byteFallback) {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        piece(model, "<pad>", 0, 3);
        piece(model, "</s>", 0, 3);
        piece(model, "<unk>", 0, 2);
        piece(model, "\u2581a", -1, 1);
        piece(model, "\u2581", -2, 1);
        for (int b = 0; b < 256; b++) {
            piece(model, "<0x%02X>".formatted(b), -10, 6);
        }
        field(model, 2, new byte[] {3 << 3, 1, (byte) 0x98, 0x02, (byte) (byteFallback ? 1 : 0)});
        return model.toByteArray();
    }

    private static void piece(ByteArrayOutputStream out, String text, float score, int type) {
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        field(piece, 1, text.getBytes(StandardCharsets.UTF_8));
        piece.write(2 << 3 | 5);
        piece.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(score).array());
        piece.write(3 << 3);
        piece.write(type);
        field(out, 1, piece.toByteArray());
    }

    private static void field(ByteArrayOutputStream out, int number, byte[] bytes) {
        out.write(number << 3 | 2);
        out.write(bytes.length); // all are shorter than 128
        out.writeBytes(bytes);
    }

    @Test
    void reads_pieces_and_rules() throws IOException {
        SentencePieceModel model = SentencePieceModel.read(trained());

        assertThat(model.pieces()).hasSize(600);
        assertThat(model.pieces().get(2))
                .isEqualTo(new SentencePieceModel.Piece("<unk>", 0, SentencePieceModel.Piece.UNKNOWN));
        assertThat(model.modelType()).isEqualTo(SentencePieceModel.UNIGRAM);
        assertThat(model.byteFallback()).isFalse();
        assertThat(model.charsMap()).hasSizeGreaterThan(200_000);
        assertThat(model.hasDummyPrefix()).isTrue();
    }

    @Test
    void falls_back_to_bytes_where_the_model_says_so() {
        LibraryTokenizer bytes = LibraryTokenizer.of(SentencePiece.t5(written(true), "spiece.model", NO_CONFIG));
        LibraryTokenizer unknown = LibraryTokenizer.of(SentencePiece.t5(written(false), "spiece.model", NO_CONFIG));

        int first = bytes.id("<0x00>").orElseThrow();
        assertThat(bytes.encode("a é").ids()).containsExactly(3, 4, first + 0xc3, first + 0xa9, 1);
        assertThat(unknown.encode("a é").ids()).containsExactly(3, 4, 2, 1);
    }

    @Test
    void refuses_what_is_no_model() throws IOException {
        assertThatThrownBy(() -> SentencePiece.t5(new byte[] {(1 << 3) | 2, (byte) 0x80}, "spiece.model", NO_CONFIG))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("spiece.model")
                .hasMessageContaining("ends within a number");
        assertThatThrownBy(() -> SentencePieceModel.read(new byte[0])).hasMessageContaining("no pieces");
        byte[] cut = Arrays.copyOf(trained(), 5000);
        assertThatThrownBy(() -> SentencePieceModel.read(cut)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refuses_rules_that_would_lead_the_library_astray() throws IOException {
        byte[] rules = SentencePieceModel.read(trained()).charsMap();
        CharsMap.check(rules);

        int refused = 0;
        Random chance = new Random(1);
        for (int i = 0; i < 20; i++) {
            byte[] broken = rules.clone();
            ByteBuffer.wrap(broken).putInt(4 + 4 * chance.nextInt(200), chance.nextInt());
            try {
                CharsMap.check(broken);
            } catch (IllegalArgumentException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
        assertThatThrownBy(() -> CharsMap.check(Arrays.copyOf(rules, rules.length / 2)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CharsMap.check(new byte[] {0, 0, 0, (byte) 0xff, 1}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
