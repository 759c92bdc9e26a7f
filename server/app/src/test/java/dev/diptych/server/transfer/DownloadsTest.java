// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.server.TlsFiles;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.net.PfxOptions;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

@Timeout(60)
class DownloadsTest {
    private static final PublicTargets LOCAL = new PublicTargets(Set.of("https"), true);
    private static final PublicTargets PUBLIC = new PublicTargets(Set.of("https"), false);

    @TempDir Path folder;

    private final TlsFiles files = new TlsFiles();
    private final Vertx vertx = Vertx.vertx();
    private final byte[] content = new byte[300_000];
    private Downloads downloads;
    private Path part;

    @BeforeEach
    void open() {
        new Random(1).nextBytes(content);
        files.file("/a/b.bin", content);
        PfxOptions trust = new PfxOptions().setPath(TlsFiles.KEYS.toString()).setPassword(TlsFiles.PASSWORD);
        downloads = new Downloads(vertx, new HttpClientOptions().setTrustOptions(trust), _ -> Duration.ofMillis(1));
        part = folder.resolve("b.bin.part");
    }

    @AfterEach
    void close() {
        downloads.close();
        files.close();
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private String fetch() throws Exception {
        return downloads.fetch(files.url("/a/b.bin"), part, LOCAL, (_, _) -> {});
    }

    @Test
    void a_file_comes_in_and_progress_is_told() throws Exception {
        List<Long> progress = new ArrayList<>();

        String promised =
                downloads.fetch(
                        files.url("/a/b.bin"),
                        part,
                        LOCAL,
                        (bytes, total) -> {
                            assertThat(total).isEqualTo(content.length);
                            progress.add(bytes);
                        });

        assertThat(promised).isNull();
        assertThat(part).hasBinaryContent(content);
        assertThat(progress).isSorted().startsWith(0L).endsWith((long) content.length);
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(part);
        }
    }

    @Test
    void a_broken_connection_is_gone_on_with_where_it_broke() throws Exception {
        files.breaksAfter = 100_000;

        fetch();

        assertThat(part).hasBinaryContent(content);
        assertThat(files.asked).hasSize(2);
        assertThat(files.asked.get(1)).matches("/a/b.bin bytes=[1-9]\\d+-");
    }

    @Test
    void another_process_goes_on_with_what_came_in() throws Exception {
        fetch();
        Files.write(part, Arrays.copyOf(content, 200_000));
        Files.write(Downloads.note(part), List.of(files.url("/a/b.bin"), files.tag, ""));

        fetch();

        assertThat(part).hasBinaryContent(content);
        assertThat(files.asked).last().isEqualTo("/a/b.bin bytes=200000-");
    }

    @Test
    void what_is_there_whole_already_is_not_sent_again() throws Exception {
        Files.write(part, content);
        Files.write(Downloads.note(part), List.of(files.url("/a/b.bin"), files.tag, ""));

        fetch();

        assertThat(part).hasBinaryContent(content);
    }

    @Test
    void a_file_that_has_changed_or_has_no_tag_or_another_url_begins_anew() throws Exception {
        Files.write(part, new byte[200_000]);
        Files.write(Downloads.note(part), List.of(files.url("/a/b.bin"), "\"older\"", ""));
        fetch();
        assertThat(part).hasBinaryContent(content);

        files.tag = "";
        Files.write(part, new byte[1000]);
        Files.write(Downloads.note(part), List.of(files.url("/a/b.bin"), "", ""));
        fetch();
        assertThat(part).hasBinaryContent(content);

        files.tag = "\"one\"";
        Files.write(part, new byte[1000]);
        Files.write(Downloads.note(part), List.of("https://other.example/b.bin", "\"one\"", ""));
        fetch();
        assertThat(part).hasBinaryContent(content);
    }

    @Test
    void redirections_are_followed_and_the_promised_hash_is_told() throws Exception {
        files.promised = "0".repeat(64);
        files.redirect("/from", "/to").redirect("/to", files.url("/a/b.bin"));

        assertThat(downloads.fetch(files.url("/from"), part, LOCAL, (_, _) -> {})).isEqualTo(files.promised);
        assertThat(part).hasBinaryContent(content);
    }

    @Test
    void a_redirection_is_checked_as_the_first_address() {
        files.redirect("/plain", "http://localhost/x").redirect("/round", "/round").redirect("/odd", "https://a b/");

        assertThatThrownBy(() -> downloads.fetch(files.url("/plain"), part, LOCAL, (_, _) -> {}))
                .hasMessage("http://localhost/x, to which it leads on, is refused: https is needed.");
        assertThatThrownBy(() -> downloads.fetch(files.url("/round"), part, LOCAL, (_, _) -> {}))
                .hasMessageContaining("leads on and on");
        assertThatThrownBy(() -> downloads.fetch(files.url("/odd"), part, LOCAL, (_, _) -> {}))
                .isInstanceOf(Downloads.FailedException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://localhost/x",
                "https://127.0.0.1/x",
                "https://10.0.0.1/x",
                "https://192.168.1.1/x",
                "https://169.254.169.254/latest",
                "https://[::1]/x",
                "https://[fd00::1]/x",
                "https://100.64.0.1/x",
                "https://0.0.0.0/x"
            })
    void private_networks_are_refused(String url) {
        assertThatThrownBy(() -> downloads.fetch(url, part, PUBLIC, (_, _) -> {}))
                .isInstanceOf(Downloads.FailedException.class)
                .hasMessageContaining("it leads into a private network");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://example.org/x",
                "ftp://example.org/x",
                "file:///etc/passwd",
                "https://user:secret@example.org/x",
                "x",
                ""
            })
    void only_https_is_followed(String url) {
        assertThatThrownBy(() -> downloads.fetch(url, part, PUBLIC, (_, _) -> {}))
                .isInstanceOf(Downloads.FailedException.class)
                .hasMessageNotContaining("private");
        assertThat(part).doesNotExist();
    }

    @Test
    void what_is_not_there_is_told_at_once_and_without_the_query() {
        assertThatThrownBy(() -> downloads.fetch(files.url("/gone?secret=1"), part, LOCAL, (_, _) -> {}))
                .isInstanceOf(Downloads.FailedException.class)
                .hasMessageContaining("There is no file at https://localhost")
                .hasMessageNotContaining("secret");
        assertThat(files.asked).hasSize(1);
    }

    @Test
    void a_certificate_that_is_not_trusted_is_not_accepted() {
        try (Downloads strict = new Downloads(vertx, new HttpClientOptions(), _ -> Duration.ZERO)) {
            assertThatThrownBy(() -> strict.fetch(files.url("/a/b.bin"), part, LOCAL, (_, _) -> {}))
                    .hasMessageContaining("cannot be reached");
        }
        assertThat(part).doesNotExist();
    }

    @Test
    void an_interrupt_ends_it_and_what_came_in_stays() throws Exception {
        files.slownessMilliseconds = 5;
        CompletableFuture<Throwable> ended = new CompletableFuture<>();
        CompletableFuture<Boolean> begun = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                downloads.fetch(
                                        files.url("/a/b.bin"),
                                        part,
                                        LOCAL,
                                        (bytes, _) -> {
                                            if (bytes > 10_000) {
                                                begun.complete(true);
                                            }
                                        });
                                ended.complete(new AssertionError("it came in whole"));
                            } catch (Throwable e) {
                                ended.complete(e);
                            }
                        });
        begun.get(20, TimeUnit.SECONDS);

        thread.interrupt();

        assertThat(ended.get(10, TimeUnit.SECONDS)).isInstanceOf(InterruptedIOException.class);
        assertThat(Files.size(part)).isGreaterThan(10_000);
        files.slownessMilliseconds = 0;
        fetch();
        assertThat(part).hasBinaryContent(content);
    }
}
