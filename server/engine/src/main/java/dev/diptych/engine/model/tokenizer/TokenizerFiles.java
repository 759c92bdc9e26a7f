// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.model.Tokenizers;
import dev.diptych.engine.model.checkpoint.BadFile;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Tokenizers out of published files. The last few are kept.
public final class TokenizerFiles implements Tokenizers {
    private static final int KEPT = 8;

    /// @param stamp of the files, or the digests of their bytes
    private record Kept(List<String> stamp, Tokenizer tokenizer) {}

    @FunctionalInterface
    private interface Source {
        Definition read() throws IOException;
    }

    private final Map<Object, Kept> kept = new LinkedHashMap<>(KEPT, 0.75f, true);

    @Override
    public Tokenizer read(Path folder) {
        try {
            TokenizerFolder place = new TokenizerFolder(folder.toRealPath());
            return kept(place, place.stamp(), place::read);
        } catch (IOException e) {
            throw NodeException.user("engine/no-tokenizer", "%s: the folder cannot be read.", BadFile.place(folder))
                    .causedBy(e);
        }
    }

    @Override
    public Tokenizer openAiClip(byte[] merges) {
        return published(List.of(digest(merges)), () -> BytePair.openAiClip(merges, "bpe_simple_vocab_16e6.txt"));
    }

    @Override
    public Tokenizer glide(byte[] encoder, byte[] merges) {
        return published(List.of(digest(encoder), digest(merges)), () -> BytePair.glide(encoder, merges));
    }

    private Tokenizer published(List<String> digests, Source source) {
        try {
            return kept(digests, digests, source);
        } catch (IOException e) {
            throw new IllegalStateException(e); // nothing is read from a file
        }
    }

    private synchronized Tokenizer kept(Object key, List<String> stamp, Source source) throws IOException {
        Kept known = kept.get(key);
        if (known != null && known.stamp().equals(stamp)) {
            return known.tokenizer();
        }
        Tokenizer tokenizer = LibraryTokenizer.of(source.read());
        kept.put(key, new Kept(stamp, tokenizer));
        if (kept.size() > KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
        return tokenizer;
    }

    private static String digest(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
