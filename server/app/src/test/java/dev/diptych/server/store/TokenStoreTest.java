// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Set;

class TokenStoreTest {
    @Test
    void knows_after_it_is_opened_again_which_tokens_were_revoked(@TempDir Path folder) {
        try (Database database = Database.open(folder.resolve("diptych.db"))) {
            TokenStore tokens = new TokenStore(database);
            tokens.add(new TokenStore.Token("one", "1111", "ann", Set.of("run", "read"), 10, null)).join();
            tokens.add(new TokenStore.Token("two", "2222", "bob", Set.of("admin"), 11, null)).join();
            tokens.revoke("two", 12).join();
        }
        try (Database database = Database.open(folder.resolve("diptych.db"))) {
            assertThat(new TokenStore(database).list())
                    .containsExactly(
                            new TokenStore.Token("one", "1111", "ann", Set.of("run", "read"), 10, null),
                            new TokenStore.Token("two", "2222", "bob", Set.of("admin"), 11, 12L));
        }
    }
}
