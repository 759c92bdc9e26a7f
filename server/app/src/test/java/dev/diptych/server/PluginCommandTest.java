// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class PluginCommandTest {
    @TempDir private Path folder;

    private String out = "";
    private String err = "";

    private final String home = System.getProperty("diptych.home");

    @BeforeEach
    void leave_the_plugins_of_the_checkout_out() throws IOException {
        System.setProperty("diptych.home", Files.createDirectories(folder.resolve("home")).toString());
    }

    @AfterEach
    void bring_them_back() {
        System.setProperty("diptych.home", home);
    }

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of("plugin"));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", folder.resolve("data").toString()));
        RanCommand ran = RanCommand.of(all);
        out = ran.out();
        err = ran.err();
        return ran.exit();
    }

    private Path installed() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("data/plugins"))) {
            return files.filter(file -> file.toString().endsWith(".jar")).findFirst().orElseThrow();
        }
    }

    @Test
    void an_archive_is_added_listed_verified_and_removed() throws IOException {
        assertThat(run("add", TestPlugin.archive().toString())).as(err).isZero();
        assertThat(out).contains("test 1.0.0", "test/wait");
        assertThat(run("list")).isZero();
        assertThat(out).contains("test 1.0.0", "test/wait", "test/count");
        assertThat(run("verify")).isZero();
        assertThat(Files.readString(folder.resolve("data/plugins.lock")))
                .contains(installed().getFileName().toString());

        assertThat(run("remove", "test")).as(err).isZero();
        assertThat(run("list")).isZero();
        assertThat(out).doesNotContain("test/wait");
        assertThat(run("remove", "test")).isNotZero();
        assertThat(err).contains("No installed archive supplies test");
    }

    @Test
    void an_archive_that_changed_fails_the_verification_with_the_way_out() throws IOException {
        run("add", TestPlugin.archive().toString());
        Files.write(installed(), new byte[] {'P', 'K', 3, 4});

        assertThat(run("list")).isZero();
        assertThat(out).contains("broken: ", "diptych plugin add");
        assertThat(run("verify")).isEqualTo(1);
    }

    @Test
    void what_is_no_plugin_is_refused_and_what_is_not_there_named() throws IOException {
        Path text = Files.writeString(folder.resolve("text.zip"), "no archive");
        assertThat(run("add", text.toString())).isNotZero();
        assertThat(out + err).contains("text.zip");
        assertThat(run("add", folder.resolve("none.zip").toString())).isNotZero();
        assertThat(err).contains("There is no file", "none.zip");
        assertThat(run()).isNotZero();
        assertThat(err).contains("list, add, remove and verify");
    }
}
