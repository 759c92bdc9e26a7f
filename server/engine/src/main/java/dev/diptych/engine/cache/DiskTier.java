// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import dev.diptych.engine.value.Digests;
import dev.diptych.engine.value.ValueCodec;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Map;

/// Entries as self-checking files, shared by any number of processes. A damaged file is deleted and is a miss.
final class DiskTier {
    private static final Logger LOG = LoggerFactory.getLogger(DiskTier.class);
    private static final int DIGEST_BYTES = 32;

    private final CacheFolder cache;
    private final Path folder;

    DiskTier(CacheFolder cache) throws IOException {
        this.cache = cache;
        this.folder = cache.kind("entries");
    }

    /// False if there is surely nothing: that is the usual case, and cheap to know.
    boolean mayHave(String digest) {
        return Files.exists(path(digest));
    }

    /// @return values by port, or null
    @Nullable Map<?, ?> read(String digest) {
        Path file = path(digest);
        try {
            byte[] bytes = Files.readAllBytes(file);
            if (bytes.length > DIGEST_BYTES) {
                MessageDigest sha256 = Digests.sha256();
                sha256.update(bytes, DIGEST_BYTES, bytes.length - DIGEST_BYTES);
                if (Arrays.equals(sha256.digest(), 0, DIGEST_BYTES, bytes, 0, DIGEST_BYTES)
                        && ValueCodec.decode(Arrays.copyOfRange(bytes, DIGEST_BYTES, bytes.length))
                                instanceof Map<?, ?> values) {
                    cache.use(file);
                    return values;
                }
            }
            LOG.warn("The cache entry {} is damaged and was deleted", file);
            Files.deleteIfExists(file);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException | RuntimeException e) {
            LOG.warn("The cache entry {} cannot be read: {}", file, e.toString());
        }
        return null;
    }

    /// A cache that cannot be written (a full disk, say) is slower, not broken: the failure is logged only.
    void write(String digest, CacheEntry entry) {
        Path file = path(digest);
        if (Files.exists(file)) {
            return;
        }
        try {
            cache.write(file, entry.toFile());
        } catch (IOException e) {
            LOG.warn("The cache entry {} cannot be written: {}", file, e.toString());
        }
    }

    private Path path(String digest) {
        return folder.resolve(digest.substring(0, 2)).resolve(digest);
    }
}
