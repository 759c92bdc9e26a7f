// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// Kills the server or its worker at random moments of a busy system, and then counts: each job that was accepted must end
/// exactly once, with its right result.
final class CrashBenchmark implements Benchmark {
    private static final int ROUNDS = 100;
    private static final int QUICK_ROUNDS = 10;
    private static final int VARIANTS = 12;
    private static final int CLIENTS = 6;
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final AtomicReference<ServerProcess> server = new AtomicReference<>();
    private final Map<Integer, String> expected = new HashMap<>();

    /// By idempotency key: the job that it made, and which variant it is.
    private final Map<String, Accepted> accepted = new ConcurrentHashMap<>();

    /// Jobs that were seen in their final state.
    private final Set<String> ended = ConcurrentHashMap.newKeySet();

    private record Accepted(String job, int variant) {}

    @Override
    public String name() {
        return "crash";
    }

    @Override
    public List<Figure> run(boolean isQuick) throws Exception {
        int rounds = isQuick ? QUICK_ROUNDS : ROUNDS;
        expected.clear();
        accepted.clear();
        ended.clear();
        try (Checkout.Scratch scratch = Checkout.Scratch.make()) {
            Path data = scratch.path();
            server.set(ServerProcess.start(data));
            try {
                learn();
                killAtRandom(data, rounds);
                return count();
            } finally {
                server().close();
            }
        }
    }

    private ServerProcess server() {
        return Objects.requireNonNull(server.get());
    }

    /// What comes out when nothing is killed.
    private void learn() throws IOException, InterruptedException {
        for (int variant = 0; variant < VARIANTS; variant++) {
            JsonNode job = server().call("POST", "/jobs?wait=60s", request(variant));
            expected.put(variant, output(job));
            if (!job.path("state").asText().equals("succeeded")) {
                throw new IOException("The workflow does not run: " + job);
            }
        }
    }

    private static String output(JsonNode job) {
        return job.path("outputs").path("image").path("value").asText();
    }

    /// Without the cache, so that there is something to kill.
    private static String request(int variant) {
        return """
        {"options":{"cache":false},"workflow":{"diptych":1,"name":"crash","nodes":{
          "a":{"type":"image/gradient","version":1,"in":{"width":{"value":320},"height":{"value":240},"to":{"value":"#%02x%02x80"}}},
          "b":{"type":"image/resize","version":1,"in":{"image":{"node":"a","out":"image"},"width":{"value":500},"height":{"value":400}}},
          "c":{"type":"image/flip","version":1,"in":{"image":{"node":"b","out":"image"}}}},
         "outputs":{"image":{"node":"c","out":"image"}}}}\
        """
                .formatted(variant * 17, 255 - variant * 13);
    }

    private void killAtRandom(Path data, int rounds) throws Exception {
        Random random = new Random(1);
        Set<Thread> clients = new HashSet<>();
        AtomicInteger stop = new AtomicInteger();
        for (int i = 0; i < CLIENTS; i++) {
            int number = i;
            clients.add(Thread.ofVirtual().start(() -> submit(number, stop)));
        }
        for (int round = 0; round < rounds; round++) {
            awaitEnd(new HashSet<>(accepted.values()));
            Thread.sleep(random.nextInt(1200));
            Optional<ProcessHandle> worker = server().worker();
            if (random.nextBoolean() && worker.isPresent()) {
                worker.get().destroyForcibly();
            } else {
                ServerProcess old = server();
                old.kill();
                server.set(ServerProcess.start(data));
                old.close();
            }
        }
        stop.set(1);
        for (Thread client : clients) {
            client.join();
        }
    }

    /// What was accepted before the last kill ends before the next: three kills of one node in a row are no accident any more,
    /// and would make it fail as a node that kills its workers, which is another rule's test.
    private void awaitEnd(Set<Accepted> before) throws IOException, InterruptedException {
        long patience = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        for (Accepted each : before) {
            Duration left = Duration.ofNanos(Math.max(0, patience - System.nanoTime()));
            if (!ended.contains(each.job()) && ServerProcess.isFinal(server().awaitEnd(each.job(), left))) {
                ended.add(each.job());
            }
        }
    }

    /// One job after the other, each awaited, so that a slow machine has as few that wait as a quick one. A submission whose answer did
    /// not come is made again under its key.
    private void submit(int client, AtomicInteger stop) {
        for (int n = 0; stop.get() == 0; n++) {
            String key = "client-" + client + "-" + n;
            int variant = (client * 7 + n) % VARIANTS;
            while (!accepted.containsKey(key)) {
                try {
                    JsonNode job = server().call("POST", "/jobs", request(variant), "Idempotency-Key", key);
                    accepted.put(key, new Accepted(job.path("id").asText(), variant));
                    await(job.path("id").asText(), stop);
                } catch (IOException e) {
                    pause();
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    private void await(String job, AtomicInteger stop) throws InterruptedException {
        while (stop.get() == 0 && !ended.contains(job)) {
            try {
                if (ServerProcess.isFinal(server().awaitEnd(job, Duration.ofSeconds(1)))) {
                    ended.add(job);
                }
            } catch (IOException e) {
                pause(); // the server is gone, and comes back
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private List<Figure> count() throws Exception {
        int lost = 0;
        int doubled = 0;
        int wrong = 0;
        long patience = System.nanoTime() + PATIENCE.toNanos();
        Set<String> jobs = new HashSet<>();
        for (Accepted each : accepted.values()) {
            doubled += jobs.add(each.job()) ? 0 : 1;
            JsonNode job = server().awaitEnd(each.job(), Duration.ofNanos(Math.max(0, patience - System.nanoTime())));
            if (!ServerProcess.isFinal(job)) {
                lost++;
            } else if (!output(job).equals(expected.get(each.variant()))) {
                wrong++;
                System.err.println("Another result: " + job.path("state") + " " + job.path("problems"));
            }
            doubled += Math.max(0, server().ends(each.job()) - 1);
        }
        int stored = jobsStored();
        lost += Math.max(0, accepted.size() + VARIANTS - stored);
        doubled += Math.max(0, stored - accepted.size() - VARIANTS);
        return List.of(
                Figure.of("accepted jobs", accepted.size(), "jobs"),
                Figure.atMost(0, "accepted jobs that did not end", lost, "jobs"),
                Figure.atMost(0, "jobs that ended twice, or were made twice", doubled, "jobs"),
                Figure.atMost(0, "jobs that ended with another result", wrong, "jobs"));
    }

    private int jobsStored() throws IOException, InterruptedException {
        int count = 0;
        String next = "";
        do {
            JsonNode page = server().call("GET", "/jobs?limit=1000" + (next.isEmpty() ? "" : "&before=" + next), null);
            count += page.path("jobs").size();
            next = page.path("next").asText("");
        } while (!next.isEmpty() && !next.equals("null"));
        return count;
    }
}
