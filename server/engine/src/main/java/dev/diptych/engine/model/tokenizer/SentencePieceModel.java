// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// A `spiece.model`: SentencePiece's `ModelProto`, of which this reads what its tokens depend on.
///
/// @param pieces       by id
/// @param modelType    1 unigram, 2 byte pairs, 3 words, 4 characters
/// @param byteFallback whether what no piece covers becomes bytes, not the unknown token
/// @param charsMap     the precompiled rules of normalisation; empty for none
/// @param hasDummyPrefix whether a space is put before the text
/// @param joinsSpaces    whether white space is joined, and taken away at both ends
@SuppressWarnings("ArrayRecordComponent") // private to this package, and never compared
record SentencePieceModel(
        List<Piece> pieces,
        int modelType,
        boolean byteFallback,
        byte[] charsMap,
        boolean hasDummyPrefix,
        boolean joinsSpaces) {
    static final int UNIGRAM = 1;
    private static final int MAX_PIECES = 4_000_000;

    /// One token.
    ///
    /// @param type 1 normal, 2 unknown, 3 control, 4 defined by the user, 5 unused, 6 a byte
    record Piece(String text, float score, int type) {
        static final int NORMAL = 1;
        static final int UNKNOWN = 2;
        static final int CONTROL = 3;
        static final int USER_DEFINED = 4;
    }

    /// @throws IllegalArgumentException if this is no such file, saying why
    static SentencePieceModel read(byte[] file) {
        Builder builder = new Builder();
        ProtobufReader in = new ProtobufReader(ByteBuffer.wrap(file));
        for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
                case 1 -> builder.piece(new ProtobufReader(in.bytes()));
                case 2 -> builder.trainer(new ProtobufReader(in.bytes()));
                case 3 -> builder.normalizer(new ProtobufReader(in.bytes()));
                default -> in.skip();
            }
        }
        return builder.model();
    }

    private static final class Builder {
        private final List<Piece> pieces = new ArrayList<>();
        private int modelType = UNIGRAM;
        private boolean byteFallback;
        private byte[] charsMap = {};
        private boolean hasDummyPrefix = true;
        private boolean joinsSpaces = true;

        void piece(ProtobufReader in) {
            String text = "";
            float score = 0;
            int type = Piece.NORMAL;
            for (int field = in.next(); field != 0; field = in.next()) {
                switch (field) {
                    case 1 -> text = in.text();
                    case 2 -> score = in.fixed();
                    case 3 -> type = (int) in.number();
                    default -> in.skip();
                }
            }
            if (text.isEmpty() || !Float.isFinite(score)) {
                throw new IllegalArgumentException(
                        "piece " + pieces.size() + " has no text, or a score that is no number");
            }
            if (pieces.size() == MAX_PIECES) {
                throw new IllegalArgumentException("it has more than " + MAX_PIECES + " pieces");
            }
            pieces.add(new Piece(text, score, type));
        }

        void trainer(ProtobufReader in) {
            for (int field = in.next(); field != 0; field = in.next()) {
                switch (field) {
                    case 3 -> modelType = (int) in.number();
                    case 35 -> byteFallback = in.number() != 0;
                    default -> in.skip();
                }
            }
        }

        void normalizer(ProtobufReader in) {
            for (int field = in.next(); field != 0; field = in.next()) {
                switch (field) {
                    case 2 -> {
                        ByteBuffer map = in.bytes();
                        charsMap = new byte[map.remaining()];
                        map.get(charsMap);
                    }
                    case 3 -> hasDummyPrefix = in.number() != 0;
                    case 4 -> joinsSpaces = in.number() != 0;
                    default -> in.skip();
                }
            }
        }

        SentencePieceModel model() {
            if (pieces.isEmpty()) {
                throw new IllegalArgumentException("it has no pieces");
            }
            return new SentencePieceModel(
                    List.copyOf(pieces), modelType, byteFallback, charsMap, hasDummyPrefix, joinsSpaces);
        }
    }
}
