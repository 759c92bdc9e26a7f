// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.assets;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.value.ImageFiles;
import dev.diptych.server.store.Database;
import dev.diptych.server.store.EventStore;
import dev.diptych.server.store.JobStore;
import dev.diptych.server.store.NewJob;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Set;

class SweepTest {
    private static final long NOW = System.currentTimeMillis();

    @TempDir private Path folder;

    @Test
    void what_a_job_names_stays_what_nothing_names_goes_and_what_is_young_stays() throws IOException {
        try (Database database = Database.open(folder.resolve("diptych.db"))) {
            Assets assets =
                    new Assets(database, folder.resolve("assets"), folder.resolve("cache"), new ImageFiles(1000));
            String named = add(assets, "named");
            String unnamed = add(assets, "unnamed");
            Path left = Files.writeString(folder.resolve("assets/incoming/left-behind"), "half an upload");
            Files.setLastModifiedTime(left, FileTime.fromMillis(NOW - Duration.ofDays(3).toMillis()));
            Path young = Files.writeString(folder.resolve("assets/incoming/young"), "an upload under way");
            new JobStore(database)
                    .submit(
                            new NewJob(
                                    "j",
                                    "ann",
                                    0,
                                    "",
                                    "{}",
                                    "{}",
                                    "[]",
                                    "{}",
                                    Set.of(),
                                    Set.of(named),
                                    null,
                                    "d",
                                    null,
                                    NOW),
                            EventStore.state("j", 1, "queued"))
                    .join();
            Sweep sweep = new Sweep(database, assets, Duration.ofDays(30));

            assertThat(sweep.run(NOW).files()).as("younger than a day").isEqualTo(1);
            assertThat(left).doesNotExist();
            assertThat(assets.find(unnamed)).isPresent();

            sweep.run(NOW + Duration.ofDays(2).toMillis());
            assertThat(assets.find(unnamed)).isEmpty();
            assertThat(assets.find(named)).isPresent();
            assertThat(young).doesNotExist();
        }
    }

    private static String add(Assets assets, String text) throws IOException {
        return assets.add(new ByteArrayInputStream(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)), 1000, "ann")
                .sha256();
    }
}
