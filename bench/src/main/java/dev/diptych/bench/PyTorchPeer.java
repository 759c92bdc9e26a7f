// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// PyTorch in a process of its own, which runs the same network when it is told to.
final class PyTorchPeer implements AutoCloseable {
    private static final long START_SECONDS = 60;

    private final Process process;
    private final BufferedReader from;
    private final BufferedWriter to;
    private final Path script;

    private PyTorchPeer(Process process, BufferedReader from, BufferedWriter to, Path script) {
        this.process = process;
        this.from = from;
        this.to = to;
        this.script = script;
    }

    /// @return null where there is no Python with PyTorch
    @SuppressWarnings("MustBeClosedChecker") // the process' ends are closed with it
    static @Nullable PyTorchPeer start(BenchUNet.Size size, int threads) throws IOException {
        Path script = Files.createTempFile("diptych-bench", ".py");
        try (InputStream source = PyTorchPeer.class.getResourceAsStream("unet_peer.py")) {
            Files.write(script, Objects.requireNonNull(source).readAllBytes());
        }
        try {
            Process process =
                    new ProcessBuilder(
                                    "python3",
                                    script.toString(),
                                    new ObjectMapper().writeValueAsString(size.settings()),
                                    Integer.toString(threads))
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            PyTorchPeer peer =
                    new PyTorchPeer(
                            process,
                            process.inputReader(StandardCharsets.UTF_8),
                            process.outputWriter(StandardCharsets.UTF_8),
                            script);
            String ready = peer.line();
            if (ready != null && ready.startsWith("ready")) {
                return peer;
            }
            peer.close();
        } catch (IOException _) {
            Files.deleteIfExists(script);
        }
        return null;
    }

    private @Nullable String line() {
        CompletableFuture<@Nullable String> line =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        return from.readLine();
                    } catch (IOException _) {
                        return null;
                    }
                });
        try {
            return line.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (Exception _) {
            return null;
        }
    }

    /// Milliseconds of one forward pass.
    ///
    /// @param format as PyTorch calls it
    double forward(int rows, int side, String format) throws IOException {
        to.write(rows + " " + side + " " + format + "\n");
        to.flush();
        String line = line();
        if (line == null) {
            throw new IOException("PyTorch gave no answer");
        }
        return Double.parseDouble(line);
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        Files.deleteIfExists(script);
    }
}
