// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;

final class AssetStoreTest {
    @TempDir private Path folder;

    @Test
    void content_is_found_by_its_digest_after_reopening() throws IOException {
        String digest = new AssetStore(folder).write(new byte[] {1, 2});

        assertThat(new AssetStore(folder).write(new byte[] {1, 2})).isEqualTo(digest);
        assertThat(new AssetStore(folder).read(digest)).contains(new byte[] {1, 2});
        assertThat(folder.resolve("incoming")).isEmptyDirectory();
    }

    @Test
    void too_much_is_refused_and_leaves_nothing() throws IOException {
        AssetStore store = new AssetStore(folder);

        assertThatThrownBy(() -> store.write(new ByteArrayInputStream(new byte[11]), 10))
                .isInstanceOf(AssetStore.TooLargeException.class);
        assertThat(folder.resolve("incoming")).isEmptyDirectory();
    }

    @Test
    void a_path_is_no_digest() throws IOException {
        assertThat(new AssetStore(folder).find("../../etc/passwd")).isEmpty();
    }
}
