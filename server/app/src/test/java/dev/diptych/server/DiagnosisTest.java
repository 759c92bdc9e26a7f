// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.device.NativeLibrary;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What `doctor` says of machines and models that are described to it.
class DiagnosisTest {
    private static final String USUAL =
            "processor : 0\nmodel name : Fast One\nflags : fpu avx2 avx512f avx512_bf16\nprocessor : 1\n";

    @TempDir private Path proc;

    private final Diagnosis page = new Diagnosis();

    private String text() {
        StringWriter text = new StringWriter();
        page.print(new PrintWriter(text));
        return text.toString();
    }

    private void write(String name, String content) throws IOException {
        Files.createDirectories(proc.resolve(name).getParent());
        Files.writeString(proc.resolve(name), content);
    }

    private MachineDiagnosis machine() {
        return new MachineDiagnosis(proc, 1, 1L << 30, proc);
    }

    @Test
    void a_usual_machine_is_well_and_its_features_are_named() throws IOException {
        write("cpuinfo", USUAL);
        write("meminfo", "MemTotal: 25165824 kB\nMemAvailable: 5242880 kB\n");
        write("mounts", "/dev/sda / ext4 rw,noexec 0 0\n/dev/sdb " + proc + " ext4 rw 0 0\n");

        machine().examine(page);

        assertThat(page.isHealthy()).isTrue();
        assertThat(text())
                .contains(
                        "ok     Processor: Fast One, 1 core of 2; AVX2, AVX-512, bfloat16",
                        "ok     Memory: 24 GB, 5120 MB of it free, 1024 MB of heap for a process",
                        "ok     Temporary files: " + proc,
                        "Nothing is wrong.")
                .doesNotContain("hint");
    }

    @Test
    void what_slows_a_machine_down_is_a_hint_with_what_to_do() throws IOException {
        write("cpuinfo", "processor : 0\nmodel name : Old One\nflags : fpu sse2\n");
        write("meminfo", "MemTotal: 2097152 kB\nMemAvailable: 1048576 kB\n");

        machine().examine(page);
        machine().examineSystem(page, "Mac OS X", "aarch64");

        assertThat(page.isHealthy()).isTrue();
        assertThat(text())
                .contains(
                        "hint   Processor: Old One, 1 core; it has no AVX2",
                        "Give the virtual machine its host's processor type.",
                        "hint   Memory: 2048 MB",
                        "hint   System: Mac OS X on aarch64, and libtorch comes for Linux on x86-64.",
                        "3 things could be better.");
    }

    @Test
    void a_folder_that_libraries_cannot_be_loaded_from_is_wrong() throws IOException {
        write("mounts", "/dev/sda / ext4 rw 0 0\ntmpfs " + proc + " tmpfs rw,nosuid,noexec 0 0\n");

        machine().examine(page);

        assertThat(page.isHealthy()).isFalse();
        assertThat(text())
                .contains(
                        "wrong  Temporary files: " + proc + " is mounted noexec", "DIPTYCH_TMP", "One thing is wrong.");
    }

    @Test
    void a_card_that_lies_idle_is_told_and_how_to_use_it() throws IOException {
        write("driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.1\nGCC version: 12\n");
        Path unpack = proc.resolve("unpack");

        machine().examineGraphicsCards(page, new NativeLibrary(null, "2.7.1", "cpu", unpack));
        machine().examineGraphicsCards(page, new NativeLibrary(proc, "2.7.1", "cu128", unpack));

        assertThat(text())
                .contains(
                        "hint   Graphics card: there is one, and libtorch computes on the processor.",
                        "Unpack libtorch 2.7.1 for CUDA 12.8",
                        "ok     Graphics card: NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.1");
    }

    @Test
    void models_that_workflows_miss_are_named_with_the_workflows() throws IOException {
        Path home = proc.resolve("home");
        Files.createDirectories(home.resolve("workflows"));
        Files.writeString(
                home.resolve("workflows/edit.json"),
                "{\"inputs\": {\"model\": {\"type\": \"model\", \"default\": \"far/away\"}, \"text\": {\"type\": \"text\", \"default\": \"x\"}}}");
        Files.writeString(home.resolve("workflows/plain.json"), "{\"inputs\": {}}");
        Files.writeString(
                home.resolve("workflows/here.json"),
                "{\"inputs\": {\"model\": {\"type\": \"model\", \"default\": {\"model\": \"tiny\", \"lora\": []}}}}");
        TinyModel.write(home.resolve("models/tiny"), 1);
        Files.createDirectories(home.resolve("models/broken"));
        Files.writeString(home.resolve("models/broken/config.json"), "{");
        ModelHub hub =
                new ModelHub(
                        List.of(ModelRoot.ofFolder(home.resolve("models"))),
                        new FileDigests(null),
                        new TokenizerFiles());

        new ModelDiagnosis(hub, home).examine(page);

        assertThat(page.isHealthy()).isFalse();
        assertThat(text())
                .contains(
                        "ok     Model tiny: CLIP",
                        "in a configured folder",
                        "wrong  Model broken: ",
                        "See: diptych model show broken",
                        "ok     Workflows: 3 came with Diptych",
                        "hint   Model far/away: it is not here, and is the default of edit.")
                .doesNotContain("Model tiny: it is not here");
    }
}
