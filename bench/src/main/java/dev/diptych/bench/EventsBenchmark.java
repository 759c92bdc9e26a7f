// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.DiptychServer;
import dev.diptych.server.config.Places;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.worker.link.Holding;
import dev.diptych.server.worker.link.ToServer;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// How long an event takes from the worker's word to a client's ear, with many clients; and what idle clients cost. Server and
/// clients share the process, and with it the clock: an event carries the moment it was sent as the name of its node.
final class EventsBenchmark implements Benchmark {
    private static final int CLIENTS = 400;
    private static final int IDLE_CLIENTS = 3000;
    private static final long PAUSE_MILLISECONDS = 10;
    private static final Pattern STAMP = Pattern.compile("\"node-started\",\"node\":\"(\\d+)\"");

    @Override
    public String name() {
        return "events";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        Checkout.require();
        int clients = isQuick ? 40 : CLIENTS;
        int idle = isQuick ? 100 : IDLE_CLIENTS;
        int events = isQuick ? 50 : 500;
        int jobs = isQuick ? 200 : 4000;
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                DiptychServer server =
                        DiptychServer.open(
                                new Places(scratch.path(), java.nio.file.Path.of(System.getProperty("diptych.home"))),
                                ServerSettings.usual(0).withoutOwnWorker())) {
            Set<String> plugins = server.plugins().stream().map(PluginReport::digest).collect(Collectors.toSet());
            InstantWorker worker = InstantWorker.connect(server, plugins);
            int port = URI.create(server.address()).getPort();
            WebSocketClient client =
                    vertx.createWebSocketClient(new WebSocketClientOptions().setMaxConnections(IDLE_CLIENTS * 2));
            List<Figure> figures = new ArrayList<>(idleClients(worker, port, client, idle, jobs, isQuick ? 1 : 5));

            worker.hold();
            List<Follower> followers = new ArrayList<>();
            for (WebSocket socket : connect(client, port, clients)) {
                followers.add(new Follower(socket));
            }
            Holding job = begin(worker, port);
            followers.getFirst().follow(job.job());
            double[] one = latencies(worker, job, followers.subList(0, 1), events);
            figures.add(
                    Figure.atMost(
                            1, clients + " clients, one follows the job, p50", Numbers.percentile(one, 0.5), "ms"));
            figures.add(
                    Figure.atMost(
                            10, clients + " clients, one follows the job, p99", Numbers.percentile(one, 0.99), "ms"));
            Holding second = begin(worker, port); // a job without a past, which would be replayed to all first
            for (Follower follower : followers) {
                follower.follow(second.job());
            }
            double[] all = latencies(worker, second, followers, events);
            figures.add(
                    Figure.atMost(
                            5, clients + " clients, all follow the job, p50", Numbers.percentile(all, 0.5), "ms"));
            figures.add(Figure.of(clients + " clients, all follow the job, p99", Numbers.percentile(all, 0.99), "ms"));
            return figures;
        } finally {
            var _ = vertx.close();
        }
    }

    private static List<WebSocket> connect(WebSocketClient client, int port, int count) throws Exception {
        List<WebSocket> sockets = new ArrayList<>();
        for (int i = 0; i < count; i += 50) {
            List<Future<WebSocket>> some = new ArrayList<>();
            for (int n = i; n < Math.min(count, i + 50); n++) {
                some.add(client.connect(port, "127.0.0.1", "/api/v1/events"));
            }
            for (Future<WebSocket> one : some) {
                sockets.add(one.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS));
            }
        }
        return sockets;
    }

    private static Holding begin(InstantWorker worker, int port) throws IOException, InterruptedException {
        submit(port, 1);
        return worker.held();
    }

    private static void submit(int port, int count) throws IOException {
        byte[] request = LoadClient.request("POST", "/api/v1/jobs", "{\"workflow\":\"contact-sheet\"}");
        try (LoadClient client = new LoadClient(port)) {
            for (int i = 0; i < count; i++) {
                int status = client.exchange(request);
                if (status != 201) {
                    throw new IOException("A submission was answered " + status);
                }
            }
        }
    }

    /// One that notes how old the events are that it hears.
    private static final class Follower {
        private final WebSocket socket;
        private final ConcurrentLinkedQueue<Double> ages = new ConcurrentLinkedQueue<>();

        private Follower(WebSocket socket) {
            this.socket = socket;
            socket.textMessageHandler(text -> {
                long now = System.nanoTime();
                Matcher matcher = STAMP.matcher(text);
                if (matcher.find()) {
                    ages.add((now - Long.parseLong(matcher.group(1))) / 1e6);
                }
            });
        }

        private void follow(String job) {
            var _ = socket.writeTextMessage("{\"subscribe\":\"" + job + "\"}");
        }
    }

    private static double[] latencies(InstantWorker worker, Holding job, List<Follower> followers, int events)
            throws InterruptedException {
        Thread.sleep(500); // subscriptions, and their replays, are over
        followers.forEach(follower -> follower.ages.clear());
        for (int i = 0; i < events; i++) {
            worker.tell(new ToServer.NodeStarted(job, Long.toString(System.nanoTime())));
            Thread.sleep(PAUSE_MILLISECONDS);
        }
        Thread.sleep(500);
        for (Follower follower : followers) {
            if (follower.ages.size() != events) {
                throw new IllegalStateException(
                        "A follower heard " + follower.ages.size() + " of " + events + " events");
            }
        }
        return followers.stream().flatMap(follower -> follower.ages.stream()).mapToDouble(age -> age).toArray();
    }

    /// Jobs a second without and with clients that only sit there, in turns.
    private static List<Figure> idleClients(
            InstantWorker worker, int port, WebSocketClient client, int idle, int jobs, int rounds) throws Exception {
        throughput(worker, port, jobs);
        double without = 0;
        double with = 0;
        for (int round = 0; round < rounds; round++) {
            without = Math.max(without, throughput(worker, port, jobs));
            List<WebSocket> sockets = connect(client, port, idle);
            with = Math.max(with, throughput(worker, port, jobs));
            for (WebSocket socket : sockets) {
                var _ = socket.close();
            }
            Thread.sleep(500);
        }
        return List.of(
                Figure.of("jobs a second with " + idle + " idle clients", with, "/s").against(without),
                Figure.atMost(
                        5,
                        "throughput lost to " + idle + " idle clients",
                        Math.max(0, 100 * (1 - with / without)),
                        "%"));
    }

    private static double throughput(InstantWorker worker, int port, int jobs) throws Exception {
        int before = worker.finished();
        long began = System.nanoTime();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 16; t++) {
            threads.add(
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    submit(port, jobs / 16);
                                } catch (IOException e) {
                                    throw new java.io.UncheckedIOException(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        int expected = before + jobs / 16 * 16;
        while (worker.finished() < expected) {
            Thread.onSpinWait();
        }
        return jobs / ((System.nanoTime() - began) / 1e9);
    }
}
