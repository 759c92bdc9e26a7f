// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.store.DataFolder;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Commands about a data folder's state, with a running server and without one.
class StateCommandsTest {
    @TempDir private Path data;

    private String out = "";
    private String err = "";

    private int run(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.add("--data");
        all.add(data.toString());
        RanCommand ran = RanCommand.of(all);
        out = ran.out();
        err = ran.err();
        return ran.exit();
    }

    @Test
    void without_a_server_the_commands_open_the_store_themselves() {
        assertThat(run("token", "create", "--owner", "ann", "--scope", "run")).as(err).isZero();
        String token = out.strip();
        assertThat(token).startsWith("dpt_");
        assertThat(run("token", "list")).isZero();
        assertThat(out).contains("ann", "run").doesNotContain(token);
        assertThat(run("job", "list")).isZero();
        assertThat(out).contains("no jobs");
        assertThat(run("token", "create", "--owner", "ann", "--scope", "fly")).isEqualTo(1);
        assertThat(err).contains("read, run, worker and admin");
    }

    @Test
    void with_a_server_the_commands_ask_it_even_when_a_login_is_needed() {
        try (TestServer diptych = TestServer.withWorker(data)) {
            String id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
            diptych.awaitEnd(id);
            assertThat(run("token", "create", "--owner", "ann")).as(err).isZero();
            assertThat(run("job", "show", id)).isZero();
            assertThat(out).contains(id, "succeeded", "first run");
            assertThat(run("job", "retry", id, "--from", "n")).isZero();
            assertThat(run("job", "cancel", id)).isZero();
            assertThat(run("job", "show", "nothing")).isEqualTo(1);
            assertThat(err).contains("nothing");
        }
    }

    @Test
    void a_backup_is_made_while_the_server_works_and_restored_into_a_new_folder(@TempDir Path other) {
        Path copy = other.resolve("copy");
        String id;
        try (TestServer diptych = TestServer.withWorker(data)) {
            id = diptych.submitNode("test/wait", "\"steps\":{\"value\":1}");
            diptych.awaitEnd(id);
            assertThat(run("backup", "create", copy.toString())).as(err).isZero();
            assertThat(run("backup", "restore", copy.toString())).isEqualTo(1);
            assertThat(err).contains("holds data already");
        }
        data = other.resolve("new");
        assertThat(run("backup", "restore", copy.toString())).as(err).isZero();
        assertThat(run("job", "list")).isZero();
        assertThat(out).contains(id, "succeeded");
    }

    @Test
    void a_server_that_goes_away_is_told(@TempDir Path other) throws Exception {
        try (ServerSocket gone = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                DataFolder folder = DataFolder.lock(data)) {
            String address = "http://127.0.0.1:" + gone.getLocalPort();
            Files.writeString(folder.serverFile(), "{\"address\":\"" + address + "\",\"secret\":\"s\"}");
            Thread.ofVirtual()
                    .start(() -> {
                        try (Socket connection = gone.accept()) {
                            connection.getInputStream().read(); // the request has begun; it is not answered
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
            assertThat(run("backup", "create", other.resolve("copy").toString())).isEqualTo(1);
            assertThat(err).startsWith("The server at " + address + " ended before it answered.");
        }
        // nobody listens there any more
        try (DataFolder folder = DataFolder.lock(data)) {
            assertThat(folder.serverFile()).exists();
            assertThat(run("job", "list")).isEqualTo(1);
            assertThat(err).contains("cannot be reached");
        }
    }

    @Test
    void the_doctor_finds_what_is_wrong_and_says_what_to_do() throws Exception {
        TestPlugin.install(TestServer.places(data));
        assertThat(run("doctor")).isEqualTo(0);
        assertThat(out)
                .contains(
                        "Machine\n  ok     Java: 25",
                        "Folders and server\n  ok     Data folder: " + data,
                        "ms for a sync",
                        "Server: none runs",
                        "Port: ",
                        "Plugins\n",
                        "ok     Plugin test: 1.0.0, ",
                        "Models\n",
                        "Computing\n  ok     Library: libtorch 2.7.1 (cpu), came with Diptych",
                        "Device cpu:0",
                        "Nothing is wrong.");
        assertThat(out.lines().count()).as("one page").isLessThan(60);
        try (var files = Files.list(data.resolve("plugins"))) {
            for (Path archive : files.toList()) {
                Files.writeString(archive, "damaged");
            }
        }
        assertThat(run("doctor")).isEqualTo(1);
        assertThat(out).contains("  wrong  Plugin ", "diptych plugin add", "One thing is wrong.");
    }
}
