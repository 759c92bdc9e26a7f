// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocketClient;
import io.vertx.junit5.VertxExtension;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// What a link promises, in memory and over a WebSocket.
@ExtendWith(VertxExtension.class)
class WorkerLinkTest {
    private static final ToServer.Device DEVICE =
            new ToServer.Device("cpu:0", "cpu", 1 << 30, 10, List.of("a/b, unet"), ToServer.Work.NONE);
    private static final Holding HOLDING = new Holding("job", 7);

    private final End<ToServer> server = new End<>();
    private final End<ToWorker> worker = new End<>();
    private final CompletableFuture<WorkerLink<ToWorker>> toWorker = new CompletableFuture<>();
    private final CompletableFuture<WorkerLink<ToServer>> toServer = new CompletableFuture<>();
    private Vertx vertx;
    private WebSocketClient client; // one that nobody holds is closed

    @BeforeEach
    void use(Vertx ofThisTest) {
        vertx = ofThisTest;
    }

    enum Transport {
        MEMORY,
        WEB_SOCKET
    }

    /// Keeps what arrives.
    private static final class End<M> implements WorkerLink.Receiver<M> {
        private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();

        @Override
        public void received(M message) {
            arrived.add(message);
        }

        @Override
        public void closed(String reason) {
            arrived.add("closed: " + reason);
        }

        private Object next() throws InterruptedException {
            Object next = arrived.poll(10, TimeUnit.SECONDS);
            assertThat(next).as("something arrives").isNotNull();
            return next;
        }
    }

    private void connect(Transport transport) throws Exception {
        if (transport == Transport.MEMORY) {
            InMemoryLink.connect(
                    link -> {
                        toWorker.complete(link);
                        return server;
                    },
                    link -> {
                        toServer.complete(link);
                        return worker;
                    });
            return;
        }
        HttpServer http =
                vertx.createHttpServer()
                        .webSocketHandler(socket ->
                                WebSocketLink.ofServer(
                                        socket,
                                        vertx.getOrCreateContext(),
                                        link -> {
                                            toWorker.complete(link);
                                            return server;
                                        },
                                        () -> {}))
                        .listen(0, "127.0.0.1")
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(10, TimeUnit.SECONDS);
        client = vertx.createWebSocketClient();
        vertx.runOnContext(_ ->
                client.connect(http.actualPort(), "127.0.0.1", "/")
                        .onSuccess(socket ->
                                WebSocketLink.ofWorker(
                                        socket,
                                        vertx.getOrCreateContext(),
                                        link -> {
                                            toServer.complete(link);
                                            return worker;
                                        })));
        toServer.get(10, TimeUnit.SECONDS);
        toWorker.get(10, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void every_message_arrives_as_it_was_sent_and_in_order(Transport transport) throws Exception {
        connect(transport);
        Map<String, String> digests = Map.of("image", "abc");
        List<ToServer> up =
                List.of(
                        new ToServer.Hello("w", "secret", List.of("d1", "d2"), 4, List.of(HOLDING), List.of(DEVICE)),
                        new ToServer.Claim(3),
                        new ToServer.Heartbeat(
                                List.of(HOLDING),
                                List.of(new ToServer.DeviceCall(HOLDING, "n", Duration.ofSeconds(5))),
                                List.of(DEVICE)),
                        new ToServer.NodeStarted(HOLDING, "n"),
                        new ToServer.NodeEnded(
                                HOLDING,
                                9,
                                new NodeReport(
                                        "n",
                                        "image/resize",
                                        NodeReport.Status.FAILED,
                                        12,
                                        3,
                                        1,
                                        "seed changed from 1 to 2",
                                        null,
                                        new LinkedHashMap<>(digests),
                                        new LinkedHashMap<>(),
                                        "{\"code\":\"a/b\"}")),
                        new ToServer.Finished(HOLDING, 10, new Outcome(Outcome.Status.SUCCEEDED, "{}", null)),
                        new ToServer.Leaving());
        up.forEach(toServer.get()::send);
        for (ToServer message : up) {
            assertThat(server.next()).isEqualTo(message);
        }
        List<ToWorker> down =
                List.of(
                        new ToWorker.Welcome(List.of(HOLDING)),
                        new ToWorker.Assign(
                                HOLDING,
                                "ann",
                                "{}",
                                "{\"a\":1}",
                                List.of("image"),
                                "{}",
                                Set.of("n"),
                                Map.of("m", "why")),
                        new ToWorker.Cancel(HOLDING),
                        new ToWorker.Ack(HOLDING, 9),
                        new ToWorker.Stale(HOLDING),
                        new ToWorker.Watch(Set.of("job")),
                        new ToWorker.Drain("reason", Duration.ofSeconds(60)),
                        new ToWorker.Stop("reason"));
        down.forEach(toWorker.get()::send);
        for (ToWorker message : down) {
            assertThat(worker.next()).isEqualTo(message);
        }
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void a_preview_keeps_its_bytes_and_progress_its_estimate(Transport transport) throws Exception {
        connect(transport);
        toServer.get().send(new ToServer.Progress(HOLDING, "n", 0.25, "step 1 of 4", Duration.ofMillis(750)));
        assertThat(server.next())
                .isEqualTo(new ToServer.Progress(HOLDING, "n", 0.25, "step 1 of 4", Duration.ofMillis(750)));
        toServer.get().send(new ToServer.Preview(HOLDING, "n", "image/jpeg", new byte[] {-1, 0, 1}));
        ToServer.Preview preview = (ToServer.Preview) server.next();
        assertThat(preview.holding()).isEqualTo(HOLDING);
        assertThat(preview.mediaType()).isEqualTo("image/jpeg");
        assertThat(preview.bytes()).containsExactly(-1, 0, 1);
    }

    @Test
    void of_progress_in_quick_succession_the_last_arrives_and_not_all_before_it() throws Exception {
        connect(Transport.WEB_SOCKET);
        int steps = 2000;
        for (int i = 1; i <= steps; i++) {
            toServer.get().send(new ToServer.Progress(HOLDING, "n", i / (double) steps, "", null));
            Thread.sleep(0, 50_000);
        }
        List<Double> seen = new ArrayList<>();
        do {
            seen.add(((ToServer.Progress) server.next()).fraction());
        } while (seen.getLast() < 1);
        assertThat(seen).isSorted().hasSizeLessThan(steps / 4);
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void a_flush_returns_and_a_close_tells_both_ends_once(Transport transport) throws Exception {
        connect(transport);
        toServer.get().send(new ToServer.Claim(1));
        toServer.get().flush();
        assertThat(server.next()).isEqualTo(new ToServer.Claim(1));
        toWorker.get().close("enough");
        assertThat(server.next()).isEqualTo("closed: enough");
        assertThat(worker.next()).isEqualTo("closed: enough");
        toServer.get().send(new ToServer.Claim(1));
        toServer.get().flush();
        assertThat(server.arrived).isEmpty();
        assertThat(worker.arrived).isEmpty();
    }

    @Test
    void a_message_larger_than_the_socket_carries_is_told_and_the_link_goes_on() throws Exception {
        connect(Transport.WEB_SOCKET);
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        toWorker.get()
                .ifUndeliverable(
                        (message, reason) -> told.add(((ToWorker.Assign) message).holding().job() + ": " + reason));
        String text = "x".repeat(WebSocketLink.MAX_MESSAGE_BYTES);
        toWorker.get().send(new ToWorker.Assign(HOLDING, "ann", text, "{}", List.of(), "{}", Set.of(), Map.of()));
        assertThat(told.poll(20, TimeUnit.SECONDS)).startsWith("job: It takes 67109").endsWith("carries 67108864");
        toWorker.get().send(new ToWorker.Cancel(HOLDING));
        assertThat(worker.next()).isEqualTo(new ToWorker.Cancel(HOLDING));
    }

    @ParameterizedTest
    @EnumSource(Transport.class)
    void a_thousand_messages_from_several_threads_all_arrive(Transport transport) throws Exception {
        connect(transport);
        WorkerLink<ToServer> link = toServer.get();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int first = t * 250;
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                for (int i = 0; i < 250; i++) {
                                    link.send(new ToServer.NodeStarted(HOLDING, "node " + (first + i)));
                                }
                            }));
        }
        Set<Object> seen = new java.util.HashSet<>();
        for (int i = 0; i < 1000; i++) {
            seen.add(server.next());
        }
        assertThat(seen).hasSize(1000);
        for (Thread thread : threads) {
            thread.join();
        }
    }
}
