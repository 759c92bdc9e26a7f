// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/// Feeds bytes to the reader of the configuration file. A build replays the corpus beside the class; `JAZZER_FUZZ=1` looks for more.
final class ConfigurationFuzzTest {
    @FuzzTest(maxDuration = "2m")
    void any_file_is_read_or_refused_with_its_name(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("diptych-fuzz", ".yaml");
        try {
            Files.write(file, bytes);
            Configuration configuration = Configuration.read(Map.of("DIPTYCH_CONFIG", file.toString()));
            assertThat(configuration.value("serve.port")).isNotNull();
            assertThat(configuration.unknown(Set.of("serve.port")).values()).allMatch(file.toString()::equals);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining(file.toString());
        } finally {
            Files.delete(file);
        }
    }
}
