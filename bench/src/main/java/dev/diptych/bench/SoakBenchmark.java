// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// A server under mixed work for a long time: pictures and models, several owners, jobs that are cancelled, requests that are wrong, and
/// at its beginning a worker that is killed now and then. Afterwards the jobs are counted, and the memory of the second half is looked at.
final class SoakBenchmark implements Benchmark {
    static final int USUAL_MINUTES = 10;

    private static final Duration QUICK = Duration.ofSeconds(12);
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final int OWNERS = 3;
    private static final int CLIENTS_OF_EACH = 2;
    private static final int VARIANTS = 6;

    /// So many kills: one job must not meet three.
    private static final int KILLS = 2;

    /// The share of the time over which kills are spread: the last worker has settled when its memory is judged.
    private static final double KILLING = 0.2;

    /// Memory is judged where there was time to see it grow.
    private static final Duration LONG = Duration.ofMinutes(5);

    /// Of server and worker: what a collector takes because it may is not to look like something that is lost.
    private static final List<String> HEAP = List.of("-Xmx384m");

    private static final double SERVER_MEGABYTES_A_MINUTE = 1;
    private static final double WORKER_MEGABYTES_A_MINUTE = 5;

    private static final List<String> MISTAKES =
            List.of(
                    "{\"workflow\":",
                    "{\"workflow\":{\"diptych\":1,\"name\":\"x\",\"nodes\":{\"a\":{\"type\":\"no/such\",\"version\":1,\"in\":{}}},"
                            + "\"outputs\":{\"image\":{\"node\":\"a\",\"out\":\"image\"}}}}",
                    "{\"workflow\":\"no-such-workflow\"}",
                    "{\"workflow\":\"contact-sheet\",\"inputs\":{\"nothing\":1}}",
                    "[".repeat(5000));

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Duration asked;

    /// @param asked how long it works unless it is quick
    SoakBenchmark(Duration asked) {
        this.asked = asked;
    }

    @Override
    public String name() {
        return "soak";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        try (Checkout.Scratch scratch = Checkout.Scratch.make();
                ServerProcess server = ServerProcess.start(scratch.path(), HEAP, modelOptions())) {
            return new Soak(server, isQuick ? QUICK : asked).run();
        }
    }

    /// The model of the tests, unless the checkout has larger ones.
    private static String[] modelOptions() {
        Checkout.require();
        Path folder = Path.of(System.getProperty("diptych.home"), "server/app/src/test/resources/models");
        return Files.isDirectory(folder) ? new String[] {"--models", folder.toString()} : new String[0];
    }

    private static final class Soak {
        private final ServerProcess server;
        private final Duration duration;
        private final long began = System.nanoTime();
        private final Random random = new Random(1);
        private final List<String[]> owners = new ArrayList<>();
        private final String model;

        /// By idempotency key: the job that it made.
        private final Map<String, Accepted> accepted = new ConcurrentHashMap<>();

        /// By the body of a request that always gives the same: what it gave first.
        private final Map<String, String> results = new ConcurrentHashMap<>();

        private final List<Sample> samples = new ArrayList<>();
        private final AtomicBoolean isOver = new AtomicBoolean();
        private final AtomicInteger refused = new AtomicInteger();
        private final AtomicInteger mistakesTaken = new AtomicInteger();
        private int kills;

        private record Accepted(String job, String[] owner, String body, boolean mayBeCancelled) {}

        private record Sample(double minutes, double server, double worker, long workerProcess) {}

        Soak(ServerProcess server, Duration duration) throws IOException, InterruptedException {
            this.server = server;
            this.duration = duration;
            model = model(server.call("GET", "/models", null));
            String[] admin = bearer("operator", "\"admin\",\"read\",\"run\"");
            for (int i = 0; i < OWNERS; i++) {
                owners.add(bearer("owner-" + i, "\"read\",\"run\"", admin));
            }
        }

        private static String model(JsonNode list) {
            List<String> ids = new ArrayList<>();
            list.path("models").forEach(each -> ids.add(each.path("id").asText()));
            return ids.contains("portraits/unclip")
                    ? "portraits/unclip"
                    : ids.contains("tiny/unclip") ? "tiny/unclip" : "";
        }

        /// The header of a token of this owner.
        private String[] bearer(String owner, String scopes, String... admin) throws IOException, InterruptedException {
            JsonNode token =
                    server.call("POST", "/tokens", "{\"owner\":\"" + owner + "\",\"scopes\":[" + scopes + "]}", admin);
            return new String[] {"Authorization", "Bearer " + token.path("token").asText()};
        }

        List<Figure> run() throws Exception {
            List<Thread> clients = new ArrayList<>();
            for (int i = 0; i < OWNERS * CLIENTS_OF_EACH; i++) {
                int number = i;
                clients.add(Thread.ofVirtual().start(() -> submit(number)));
            }
            try {
                work();
            } finally {
                isOver.set(true);
            }
            for (Thread client : clients) {
                client.join();
            }
            return figures();
        }

        private void work() throws IOException, InterruptedException {
            while (elapsed() < 1) {
                Thread.sleep(Math.min(1000, duration.toMillis() / 40));
                server.requireAlive();
                sample();
                if (kills < KILLS && elapsed() > (kills + 1) * KILLING / KILLS) {
                    server.worker().ifPresent(ProcessHandle::destroyForcibly);
                    kills++;
                }
            }
        }

        /// From 0 to 1.
        private double elapsed() {
            return (double) (System.nanoTime() - began) / duration.toNanos();
        }

        private void sample() throws IOException {
            long worker = server.worker().map(ProcessHandle::pid).orElse(-1L);
            samples.add(
                    new Sample(
                            (System.nanoTime() - began) / 6e10,
                            ResidentMemory.megabytes(server.pid()),
                            worker < 0 ? Double.NaN : ResidentMemory.megabytes(worker),
                            worker));
        }

        /// One job after the other, each awaited, now and then a mistake or a change of mind.
        private void submit(int client) {
            Random choice = new Random(client);
            String[] owner = owners.get(client % OWNERS);
            for (int n = 0; !isOver.get(); n++) {
                try {
                    if (n % 7 == 3) {
                        mistake(owner, MISTAKES.get(choice.nextInt(MISTAKES.size())));
                    }
                    boolean isCancelled = n % 5 == 4;
                    String body = isCancelled ? longJob(n) : body(choice);
                    String key = client + "-" + n;
                    JsonNode job = server.call("POST", "/jobs", body, with(owner, "Idempotency-Key", key));
                    String id = job.path("id").asText();
                    accepted.put(key, new Accepted(id, owner, body, isCancelled));
                    if (isCancelled) {
                        Thread.sleep(choice.nextInt(300));
                        cancel(id, owner);
                    }
                    server.awaitEnd(id, PATIENCE, owner);
                } catch (IOException e) {
                    System.err.println("A request failed: " + e);
                    if (!server.isAlive()) {
                        return;
                    }
                } catch (InterruptedException e) {
                    return;
                }
            }
        }

        private static String[] with(String[] owner, String... more) {
            return new String[] {owner[0], owner[1], more[0], more[1]};
        }

        private void mistake(String[] owner, String body) throws IOException, InterruptedException {
            int status = server.status("POST", "/jobs", body, owner);
            (status / 100 == 4 ? refused : mistakesTaken).incrementAndGet();
        }

        /// A job that ended before that stays as it is.
        private void cancel(String id, String[] owner) throws IOException, InterruptedException {
            server.status("POST", "/jobs/" + id + "/cancel", "", owner);
        }

        private String body(Random choice) {
            int variant = choice.nextInt(VARIANTS);
            return switch (choice.nextInt(model.isEmpty() ? 3 : 4)) {
                case 0 -> "{\"workflow\":\"contact-sheet\"}";
                case 1 -> picture(variant, true);
                case 2 -> picture(variant, false);
                default ->
                        "{\"workflow\":\"text-to-image\",\"options\":{\"cache\":false,\"deterministic\":true},\"inputs\":{\"model\":\""
                                + model
                                + "\",\"steps\":3,\"candidates\":1,\"seed\":"
                                + variant
                                + "}}";
            };
        }

        private static String picture(int variant, boolean isCached) {
            return """
            {"options":{"cache":%b},"workflow":{"diptych":1,"name":"soak","nodes":{
              "a":{"type":"image/gradient","version":1,"in":{"width":{"value":320},"height":{"value":240},"to":{"value":"#%02x8040"}}},
              "b":{"type":"image/resize","version":1,"in":{"image":{"node":"a","out":"image"},"width":{"value":500},"height":{"value":400}}},
              "c":{"type":"image/flip","version":1,"in":{"image":{"node":"b","out":"image"}}}},
             "outputs":{"image":{"node":"c","out":"image"}}}}\
            """
                    .formatted(isCached, variant * 17);
        }

        /// Long enough to be cancelled, most times.
        private static String longJob(int n) {
            StringBuilder nodes = new StringBuilder();
            StringBuilder links = new StringBuilder();
            for (int i = 0; i < 30; i++) {
                nodes.append(
                        """
                        "n%d":{"type":"image/gradient","version":1,"in":{"width":{"value":%d},"height":{"value":500}}},\
                        """
                                .formatted(i, 500 + i + n % 50));
                links.append(i == 0 ? "" : ",").append("{\"node\":\"n").append(i).append("\",\"out\":\"image\"}");
            }
            return "{\"options\":{\"cache\":false},\"workflow\":{\"diptych\":1,\"name\":\"long\",\"nodes\":{"
                    + nodes
                    + "\"last\":{\"type\":\"image/grid\",\"version\":1,\"in\":{\"images\":{\"list\":["
                    + links
                    + "]}}}},\"outputs\":{\"image\":{\"node\":\"last\",\"out\":\"image\"}}}}";
        }

        private List<Figure> figures() throws IOException, InterruptedException {
            int lost = 0;
            int doubled = 0;
            int wrong = 0;
            int cancelled = 0;
            Map<String, String> seen = new ConcurrentHashMap<>();
            for (Map.Entry<String, Accepted> each : accepted.entrySet()) {
                Accepted one = each.getValue();
                JsonNode job = server.awaitEnd(one.job(), PATIENCE, one.owner());
                String state = job.path("state").asText();
                cancelled += state.equals("cancelled") ? 1 : 0;
                doubled += seen.put(one.job(), each.getKey()) == null ? 0 : 1;
                doubled += Math.max(0, server.ends(one.job(), one.owner()) - 1);
                if (!ServerProcess.isFinal(job)) {
                    lost++;
                } else if (state.equals("succeeded")) {
                    String result = JSON.writeValueAsString(job.path("outputs"));
                    String first = results.putIfAbsent(one.body(), result);
                    wrong += first == null || first.equals(result) ? 0 : 1;
                } else if (!one.mayBeCancelled()) {
                    System.err.println("A job " + state + ": " + job.path("problems"));
                    wrong++;
                }
            }
            return List.of(
                    Figure.of("duration", duration.toSeconds(), "s"),
                    Figure.of("accepted jobs", accepted.size(), "jobs"),
                    Figure.of("of them cancelled", cancelled, "jobs"),
                    Figure.atMost(0, "accepted jobs that did not end", lost, "jobs"),
                    Figure.atMost(0, "jobs that ended twice, or were made twice", doubled, "jobs"),
                    Figure.atMost(0, "jobs that failed, or gave another result than before", wrong, "jobs"),
                    Figure.of("wrong requests refused", refused.get(), "requests"),
                    Figure.atMost(0, "wrong requests accepted", mistakesTaken.get(), "requests"),
                    Figure.of("kills of the worker", kills, "kills"),
                    memory(SERVER_MEGABYTES_A_MINUTE, "memory of the server in the second half", true),
                    memory(WORKER_MEGABYTES_A_MINUTE, "memory of the worker in the second half", false));
        }

        /// Growth a minute, as a line through the samples has it.
        private Figure memory(double most, String name, boolean isServer) {
            long last = samples.getLast().workerProcess();
            double half = duration.toNanos() / 6e10 / 2;
            List<Sample> second =
                    samples.stream()
                            .filter(each -> each.minutes() >= half && (isServer || each.workerProcess() == last))
                            .toList();
            double slope = slope(second, isServer);
            return duration.compareTo(LONG) < 0
                    ? Figure.of(name, slope, "MB/min")
                    : Figure.atMost(most, name, slope, "MB/min");
        }

        private static double slope(List<Sample> samples, boolean isServer) {
            double x = samples.stream().mapToDouble(Sample::minutes).average().orElse(0);
            double y =
                    samples.stream().mapToDouble(each -> isServer ? each.server() : each.worker()).average().orElse(0);
            double products = 0;
            double squares = 0;
            for (Sample each : samples) {
                double dx = each.minutes() - x;
                products += dx * ((isServer ? each.server() : each.worker()) - y);
                squares += dx * dx;
            }
            return squares == 0 ? 0 : products / squares;
        }
    }
}
