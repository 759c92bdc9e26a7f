// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortType;
import dev.diptych.engine.graph.TestCatalog;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

final class ResultCacheTest {
    private static final NodeSchema SCHEMA =
            new TestCatalog()
                    .node("t/x", 1, List.of(), TestCatalog.port("out", PortType.Basic.TEXT))
                    .find("t/x")
                    .orElseThrow();

    @TempDir private Path folder;

    private static CacheKey key(String input) {
        return CacheKey.of("t/x version 1", "p", "1", "cpu", Map.of("a", input), Map.of());
    }

    private static CacheEntry entry(String text) {
        LinkedHashMap<String, TypedValue> outputs = new LinkedHashMap<>();
        outputs.put("out", ValueCodec.typed(PortType.Basic.TEXT, text));
        return CacheEntry.of(outputs, text.length());
    }

    private ResultCache open(long diskBytes) throws IOException {
        return ResultCache.open(folder, 1 << 20, diskBytes);
    }

    private void store(String input, String text) throws IOException {
        try (ResultCache cache = open(1 << 20)) {
            cache.store(key(input), entry(text));
        }
    }

    private List<Path> entries() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("entries"))) {
            return files.filter(file -> file.getFileName().toString().length() == 64).toList();
        }
    }

    @Test
    void an_entry_survives_a_restart() throws IOException {
        store("1", "one");

        try (ResultCache cache = open(1 << 20)) {
            assertThat(cache.find(key("1"), SCHEMA).outputs()).isEqualTo(entry("one").outputs());
            assertThat(cache.find(key("2"), SCHEMA)).isNull();
        }
    }

    @Test
    void what_a_process_was_writing_when_it_died_is_deleted_an_hour_later() throws IOException {
        store("1", "one");
        Path old = Files.writeString(folder.resolve("entries/dead-1.part"), "half");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofMinutes(61))));
        Path young = Files.writeString(folder.resolve("entries/alive-1.part"), "half");

        store("2", "two");

        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(entries()).hasSize(2);
    }

    @Test
    void a_damaged_entry_is_deleted_and_is_a_miss() throws IOException {
        store("1", "one");
        Path file = entries().getFirst();
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        try (ResultCache cache = open(1 << 20)) {
            assertThat(cache.find(key("1"), SCHEMA)).isNull();
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void the_folder_stays_near_its_limit() throws IOException {
        try (ResultCache cache = open(80_000)) {
            for (int i = 0; i < 100; i++) {
                cache.store(key("k" + i), entry("x".repeat(1000)));
            }
            cache.flush();

            assertThat(entries()).hasSizeBetween(10, 21);
        }
    }

    @Test
    void notes_about_runs_are_kept_within_the_folders_limit_too() throws IOException {
        try (ResultCache cache = open(80_000)) {
            for (int i = 0; i < 100; i++) {
                cache.note("workflow " + i, "n", Map.of("in", "value"));
                cache.keepNotes("workflow " + i);
            }
            cache.flush();
        }
        try (Stream<Path> notes = Files.list(folder.resolve("last-keys"))) {
            assertThat(notes.count()).isBetween(10L, 21L);
        }
    }

    @Test
    void memory_stays_near_its_limit() {
        ResultCache cache = ResultCache.inMemory(20_000);
        for (int i = 0; i < 100; i++) {
            cache.store(key("k" + i), entry("x".repeat(1000)));
        }

        assertThat(IntStream.range(0, 100).filter(i -> cache.find(key("k" + i), SCHEMA) != null).count())
                .isBetween(1L, 21L);
    }

    @Test
    void what_one_process_stored_another_finds_while_both_are_open() throws IOException {
        try (ResultCache one = open(1 << 20);
                ResultCache other = open(1 << 20)) {
            assertThat(other.find(key("1"), SCHEMA)).isNull();
            one.store(key("1"), entry("one"));
            one.flush();

            assertThat(other.find(key("1"), SCHEMA).outputs()).isEqualTo(entry("one").outputs());
        }
    }

    @Test
    void a_waiter_takes_over_a_lead_that_fails() {
        ResultCache cache = ResultCache.inMemory(1000);
        List<String> told = new ArrayList<>();
        assertThat(cache.enter(key("1"), _ -> told.add("first"))).isTrue();
        assertThat(cache.enter(key("1"), _ -> told.add("second"))).isFalse();
        assertThat(cache.enter(key("1"), _ -> told.add("third"))).isFalse();

        cache.land(key("1"), null);
        assertThat(told).containsExactly("second");
        cache.land(key("1"), entry("x"));
        assertThat(told).containsExactly("second", "third");
        assertThat(cache.enter(key("1"), _ -> {})).isTrue();
    }
}
