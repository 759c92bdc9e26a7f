// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/// Submissions over HTTP, each validated and on the disk before its answer, with no worker; and the list of jobs behind them.
/// The alternative is a commit for each submission, which one connection at a time makes.
final class HttpBenchmark implements Benchmark {
    private static final double QUICK_SYNC = 2; // milliseconds
    private static final int CONNECTIONS = 64;
    private static final int LONG_QUEUE = 100_000;

    @Override
    public String name() {
        return "http";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        int burst = isQuick ? 500 : 20_000;
        int queue = isQuick ? 2000 : LONG_QUEUE;
        int rounds = isQuick ? 1 : 5;
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                ServerProcess server = ServerProcess.start(scratch.path(), "--no-worker")) {
            int port = URI.create(server.address()).getPort();
            byte[] submit = LoadClient.request("POST", "/api/v1/jobs", "{\"workflow\":" + tenNodes() + "}");
            submitAll(port, submit, CONNECTIONS, burst);
            double grouped = 0;
            double single = 0;
            for (int round = 0; round < rounds; round++) {
                grouped = Math.max(grouped, submitAll(port, submit, CONNECTIONS, burst / 2));
                single = Math.max(single, submitAll(port, submit, 1, Math.max(50, burst / 40)));
            }
            double sync = syncMilliseconds(scratch.path());
            int queued = burst + rounds * (burst / 2 + Math.max(50, burst / 40));
            if (queued < queue) {
                submitAll(port, submit, CONNECTIONS, queue - queued);
            }
            double deep = 0;
            for (int round = 0; round < rounds; round++) {
                deep = Math.max(deep, submitAll(port, submit, CONNECTIONS, burst / 2));
            }
            return List.of(
                    Figure.of("a sync of this disk", sync, "ms"),
                    submissions(grouped, sync).against(single),
                    Figure.atLeast(2, "against one commit a submission", grouped / single, "x"),
                    Figure.of("submissions a second at a queue of " + queue, deep, "/s").against(grouped),
                    Figure.atLeast(0.9, "of the rate at a short queue", deep / grouped, "x"),
                    Figure.atMost(2, "a page of 50 jobs, first", page(port, "?limit=50", rounds), "ms"),
                    Figure.atMost(
                            2,
                            "a page of 50 jobs, in the middle",
                            page(port, "?limit=50&before=" + middle(server, queue), rounds),
                            "ms"),
                    Figure.atMost(
                            2, "a page of 50 jobs, by state", page(port, "?limit=50&state=queued", rounds), "ms"));
        }
    }

    /// The goal is one for disks whose sync takes no longer than [#QUICK_SYNC].
    private static Figure submissions(double perSecond, double syncMilliseconds) {
        String name = "submissions a second, 64 connections";
        return syncMilliseconds <= QUICK_SYNC
                ? Figure.atLeast(10_000, name, perSecond, "/s")
                : Figure.of(name, perSecond, "/s");
    }

    private static String tenNodes() {
        StringBuilder nodes =
                new StringBuilder(
                        "\"n0\":{\"type\":\"image/filled\",\"version\":1,\"in\":{\"width\":{\"value\":64},\"height\":{\"value\":64}}}");
        for (int i = 1; i < 10; i++) {
            nodes.append(",\"n")
                    .append(i)
                    .append("\":{\"type\":\"image/flip\",\"version\":1,\"in\":{\"image\":{\"node\":\"n")
                    .append(i - 1)
                    .append("\",\"out\":\"image\"}}}");
        }
        return "{\"diptych\":1,\"name\":\"ten\",\"nodes\":{"
                + nodes
                + "},\"outputs\":{\"image\":{\"node\":\"n9\",\"out\":\"image\"}}}";
    }

    /// @return submissions a second
    private static double submitAll(int port, byte[] request, int connections, int count) throws Exception {
        AtomicReference<IOException> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        List<LoadClient> clients = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            clients.add(new LoadClient(port));
        }
        long began = System.nanoTime();
        for (int i = 0; i < connections; i++) {
            LoadClient client = clients.get(i);
            int own = count / connections + (i < count % connections ? 1 : 0);
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int n = 0; n < own; n++) {
                                        int status = client.exchange(request);
                                        if (status != 201) {
                                            throw new IOException("A submission was answered " + status);
                                        }
                                    }
                                } catch (IOException e) {
                                    failure.set(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        for (LoadClient client : clients) {
            client.close();
        }
        IOException failed = failure.get();
        if (failed != null) {
            throw failed;
        }
        return count / seconds;
    }

    private static double page(int port, String query, int rounds) throws IOException {
        byte[] request = LoadClient.request("GET", "/api/v1/jobs" + query, "");
        double best = Double.MAX_VALUE;
        try (LoadClient client = new LoadClient(port)) {
            for (int i = 0; i < rounds * 40; i++) {
                long began = System.nanoTime();
                client.exchange(request);
                best = Math.min(best, (System.nanoTime() - began) / 1e6);
            }
        }
        return best;
    }

    private static String middle(ServerProcess server, int queue) throws IOException, InterruptedException {
        String next = "";
        for (int seen = 0; seen < queue / 2; seen += 1000) {
            next =
                    server.call("GET", "/jobs?limit=1000" + (next.isEmpty() ? "" : "&before=" + next), null)
                            .path("next")
                            .asText();
        }
        return next;
    }

    private static double syncMilliseconds(Path folder) throws IOException {
        double best = Double.MAX_VALUE;
        try (FileChannel channel =
                FileChannel.open(folder.resolve("sync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (int i = 0; i < 20; i++) {
                long began = System.nanoTime();
                channel.write(ByteBuffer.allocate(4096));
                channel.force(false);
                best = Math.min(best, (System.nanoTime() - began) / 1e6);
            }
        }
        return best;
    }
}
