// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.device.NativeLibrary;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What of a machine decides how well it computes: Java, processor, memory, graphics cards, and where libraries may be mapped from.
///
/// @param proc   Linux' own account of the machine, `/proc`; elsewhere it is missing, and less is said
/// @param cores  that this process may use
/// @param heap   bytes that Java's heap may take
/// @param folder for temporary files
record MachineDiagnosis(Path proc, int cores, long heap, Path folder) {
    private static final long LITTLE_MEMORY = 4L << 30;
    private static final long LITTLE_LEFT = 1L << 30;

    static MachineDiagnosis ofThisOne() {
        return new MachineDiagnosis(
                Path.of("/proc"),
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory(),
                Path.of(System.getProperty("java.io.tmpdir")));
    }

    void examine(Diagnosis page) {
        page.good(
                "Java",
                Runtime.version() + ", " + System.getProperty("java.vendor") + ", " + System.getProperty("java.home"));
        examineSystem(page, System.getProperty("os.name"), System.getProperty("os.arch"));
        examineProcessor(page);
        examineMemory(page);
        examineTemporaryFolder(page);
    }

    void examineSystem(Diagnosis page, String name, String architecture) {
        String system = name + " on " + architecture;
        if (name.equals("Linux") && architecture.equals("amd64")) {
            page.good("System", system);
        } else {
            page.hint(
                    "System",
                    system + ", and libtorch comes for Linux on x86-64",
                    "Workflows without models run here. For the others use such a machine, or a worker on one: diptych worker --server URL");
        }
    }

    private void examineProcessor(Diagnosis page) {
        String facts = text("cpuinfo");
        Set<String> flags = Set.of(value(facts, "flags").orElse("").split("\\s+"));
        long all = facts.lines().filter(line -> line.startsWith("processor")).count();
        String model = value(facts, "model name").map(name -> name + ", ").orElse("");
        String count = cores + (cores == 1 ? " core" : " cores") + (all > cores ? " of " + all : "");
        List<String> able = new ArrayList<>();
        List.of("avx2=AVX2", "avx512f=AVX-512", "avx512_bf16=bfloat16", "amx_tile=AMX")
                .forEach(feature -> {
                    if (flags.contains(feature.substring(0, feature.indexOf('=')))) {
                        able.add(feature.substring(feature.indexOf('=') + 1));
                    }
                });
        String state = model + count + (able.isEmpty() ? "" : "; " + String.join(", ", able));
        if (!facts.isEmpty() && !flags.contains("avx2") && System.getProperty("os.arch").equals("amd64")) {
            page.hint(
                    "Processor",
                    state + "; it has no AVX2, or its hypervisor hides it",
                    "Networks take several times longer here. Give the virtual machine its host's processor type.");
        } else {
            page.good("Processor", state);
        }
    }

    private void examineMemory(Diagnosis page) {
        String facts = text("meminfo");
        long total = kilobytes(facts, "MemTotal");
        long left = kilobytes(facts, "MemAvailable");
        String ofHeap = size(heap) + " of heap for a process";
        if (total == 0) {
            page.good("Memory", ofHeap);
            return;
        }
        String state = size(total) + ", " + size(left) + " of it free, " + ofHeap;
        if (total < LITTLE_MEMORY) {
            page.hint(
                    "Memory",
                    state,
                    "Small models only: a Stable Diffusion takes about 4 GB. Workers on other machines can compute: diptych worker --server URL");
        } else if (left < LITTLE_LEFT) {
            page.hint(
                    "Memory", state, "Other programs hold it. Models wait for memory, or are refused, while they do.");
        } else {
            page.good("Memory", state);
        }
    }

    /// Libraries are unpacked there and mapped, which a mount may forbid.
    private void examineTemporaryFolder(Diagnosis page) {
        boolean isForbidden =
                text("mounts")
                        .lines()
                        .map(line -> line.split(" "))
                        .filter(mount -> mount.length > 3 && folder.startsWith(mount[1].replace("\\040", " ")))
                        .max(Comparator.comparingInt(mount -> mount[1].length()))
                        .filter(mount -> Arrays.asList(mount[3].split(",")).contains("noexec"))
                        .isPresent();
        if (!Files.isWritable(folder)) {
            page.bad(
                    "Temporary files",
                    folder + " cannot be written",
                    "Name another folder with DIPTYCH_TMP, or -Djava.io.tmpdir in DIPTYCH_JAVA_OPTIONS.");
        } else if (isForbidden) {
            page.bad(
                    "Temporary files",
                    folder + " is mounted noexec: no library can be loaded from it",
                    "Name another folder with DIPTYCH_TMP, or -Djava.io.tmpdir in DIPTYCH_JAVA_OPTIONS.");
        } else {
            page.good("Temporary files", folder.toString());
        }
    }

    /// Whether there is a card that the library leaves idle.
    void examineGraphicsCards(Diagnosis page, NativeLibrary library) {
        String driver = text("driver/nvidia/version");
        if (driver.isEmpty()) {
            if (library.hasCuda()) {
                page.hint(
                        "Graphics card",
                        "none that NVIDIA's driver knows, and libtorch is made for one",
                        "Install the driver, or unset " + NativeLibrary.VARIABLE + ".");
            } else {
                page.good("Graphics card", "none; the processor computes");
            }
        } else if (library.hasCuda()) {
            page.good("Graphics card", driver.lines().findFirst().orElse("").strip());
        } else {
            page.hint(
                    "Graphics card",
                    "there is one, and libtorch computes on the processor",
                    "Unpack libtorch "
                            + NativeLibrary.VERSION
                            + " for CUDA 12.8 (cxx11 ABI) from pytorch.org, and set "
                            + NativeLibrary.VARIABLE
                            + " to its folder.");
        }
    }

    private static Optional<String> value(String facts, String key) {
        return facts.lines()
                .filter(line -> line.split(":", 2)[0].strip().equals(key) && line.contains(":"))
                .map(line -> line.split(":", 2)[1].strip())
                .findFirst();
    }

    private static long kilobytes(String facts, String key) {
        return value(facts, key).map(text -> Long.parseLong(text.replaceFirst("\\D.*", "")) << 10).orElse(0L);
    }

    static String size(long bytes) {
        return bytes < 10L << 30 ? (bytes >> 20) + " MB" : (bytes >> 30) + " GB";
    }

    /// Empty if there is no such file.
    private String text(String name) {
        try {
            return Files.readAllLines(proc.resolve(name), StandardCharsets.ISO_8859_1).stream()
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            return "";
        }
    }
}
