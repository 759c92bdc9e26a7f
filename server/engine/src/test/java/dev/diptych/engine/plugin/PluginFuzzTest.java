// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.diptych.engine.value.Digests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// Feeds bytes to what reads plugins: archive, descriptor, lock file. A build replays the corpora beside the class; `JAZZER_FUZZ=1` looks for more.
final class PluginFuzzTest {
    private interface InFolder {
        void run(Path folder) throws IOException;
    }

    private static void inFolder(InFolder test) throws IOException {
        Path folder = Files.createTempDirectory("diptych-fuzz");
        try {
            test.run(folder);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @FuzzTest(maxDuration = "2m")
    void any_archive_is_loaded_or_refused_with_a_reason(byte[] bytes) throws IOException {
        inFolder(folder -> {
            PluginFolders folders = new PluginFolders(null, folder.resolve("data"), "0.1.0");
            Path archive = Files.createDirectories(folders.archives()).resolve("fuzz.jar");
            Files.write(archive, bytes);
            PluginLock.read(folders.lockFile())
                    .pin("fuzz.jar", new PluginLock.Pin(Digests.of(archive), "fuzz", "1.0.0"));
            try (PluginHost host = PluginHost.open(folders)) {
                assertThat(host.reports())
                        .singleElement()
                        .satisfies(report -> {
                            if (report.state() == PluginReport.State.BROKEN) {
                                assertThat(report.reason()).isNotEmpty();
                                assertThat(report.fix()).isNotEmpty();
                            }
                        });
            }
            try (Stream<Path> written = Files.list(folder)) {
                assertThat(written).containsExactly(folder.resolve("data")); // nothing left its folder
            }
        });
    }

    @FuzzTest(maxDuration = "2m")
    void any_descriptor_is_read_or_refused_with_a_reason(byte[] bytes) throws IOException {
        inFolder(folder -> {
            Files.write(folder.resolve("plugin.properties"), bytes);
            try {
                assertThat(DescriptorReader.read(folder).getPluginId()).matches("[a-z][a-z0-9-]*");
            } catch (BrokenPluginException e) {
                assertThat(e.reason()).isNotEmpty();
                assertThat(e.fix()).isNotEmpty();
            }
        });
    }

    @FuzzTest(maxDuration = "2m")
    void any_lock_file_is_read_or_refused(byte[] bytes) throws IOException {
        inFolder(folder -> {
            Path file = folder.resolve("plugins.lock");
            Files.write(file, bytes);
            PluginLock lock;
            try {
                lock = PluginLock.read(file);
            } catch (IOException e) {
                assertThat(e).hasMessageContaining("plugins.lock");
                return;
            }
            PluginLock.Pin pin = new PluginLock.Pin("11", "b", "1.0.0");
            lock.pin("b.jar", pin);
            assertThat(PluginLock.read(file).pin("b.jar")).contains(pin);
        });
    }
}
