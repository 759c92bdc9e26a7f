// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.List;

/// From the start of the process to the first answer, and to the first result through its worker.
final class StartBenchmark implements Benchmark {
    private static final long SETTLING_MILLISECONDS = 3000;

    @Override
    public String name() {
        return "start";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        double ready = Double.MAX_VALUE;
        double result = Double.MAX_VALUE;
        double memory = Double.MAX_VALUE;
        for (int i = 0; i < (isQuick ? 1 : 5); i++) {
            try (Checkout.Scratch scratch = Checkout.Scratch.make()) {
                long began = System.nanoTime();
                try (ServerProcess server = ServerProcess.start(scratch.path())) {
                    server.call("GET", "/health", null);
                    ready = Math.min(ready, (System.nanoTime() - began) / 1e9);
                    JsonNode job = server.call("POST", "/workflows/contact-sheet/run?wait=60s", "{}");
                    if (!job.path("state").asText().equals("succeeded")) {
                        throw new IOException("The workflow does not run: " + job);
                    }
                    result = Math.min(result, (System.nanoTime() - began) / 1e9);
                    if (!isQuick) {
                        Thread.sleep(SETTLING_MILLISECONDS);
                    }
                    memory = Math.min(memory, ResidentMemory.megabytes(server.pid()));
                }
            }
        }
        return List.of(
                Figure.atMost(1.5, "process start to ready", ready, "s"),
                Figure.atMost(2.5, "process start to the first result through its worker", result, "s"),
                Figure.atMost(200, "memory of the server after it, idle", memory, "MB"));
    }
}
