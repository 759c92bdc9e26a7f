// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;

import dev.diptych.server.config.HttpSettings;
import dev.diptych.server.config.ServerSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Telling somebody that a job has ended.
class WebhookTest {
    @TempDir private Path data;

    private static ServerSettings allowingPrivate() {
        ServerSettings usual = ServerSettings.usual(0);
        HttpSettings http = usual.http();
        return usual.with(
                new HttpSettings(
                        http.address(),
                        0,
                        http.maxBodyBytes(),
                        http.maxAssetBytes(),
                        true,
                        false,
                        http.idle(),
                        null,
                        null));
    }

    @Test
    void a_webhook_gets_the_ended_job_and_is_tried_again_when_it_fails() throws Exception {
        BlockingQueue<JsonNode> told = new LinkedBlockingQueue<>();
        AtomicInteger calls = new AtomicInteger();
        HttpServer listener = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        listener.createContext(
                "/hook",
                exchange -> {
                    told.add(new ObjectMapper().readTree(exchange.getRequestBody()));
                    exchange.sendResponseHeaders(calls.getAndIncrement() == 0 ? 500 : 204, -1);
                    exchange.close();
                });
        listener.start();
        try (TestServer diptych = TestServer.withWorker(data, allowingPrivate())) {
            String hook = "http://127.0.0.1:" + listener.getAddress().getPort() + "/hook?secret=1";
            String id = submit(diptych, hook);
            JsonNode first = told.poll(20, TimeUnit.SECONDS);
            JsonNode second = told.poll(20, TimeUnit.SECONDS);
            assertThat(first).isNotNull();
            assertThat(second).as("the first was answered 500").isNotNull();
            assertThat(first.path("id").asText()).isEqualTo(id);
            assertThat(first.path("state").asText()).isEqualTo("succeeded");
            assertThat(second).isEqualTo(first);
        } finally {
            listener.stop(0);
        }
    }

    @Test
    void a_target_with_an_address_of_version_6_is_told() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        HttpServer listener = HttpServer.create();
        try {
            listener.bind(new InetSocketAddress("::1", 0), 0);
        } catch (SocketException e) {
            assumeTrue(false, "This machine has no such addresses: " + e.getMessage());
        }
        listener.createContext(
                "/hook",
                exchange -> {
                    told.add(exchange.getRequestHeaders().getFirst("Host"));
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        listener.start();
        try (TestServer diptych = TestServer.withWorker(data, allowingPrivate())) {
            String host = "[::1]:" + listener.getAddress().getPort();
            submit(diptych, "http://" + host + "/hook");
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo(host);
        } finally {
            listener.stop(0);
        }
    }

    @Test
    void targets_that_cannot_be_called_keep_no_other_from_being_told() throws Exception {
        BlockingQueue<JsonNode> told = new LinkedBlockingQueue<>();
        HttpServer listener = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        listener.createContext(
                "/hook",
                exchange -> {
                    told.add(new ObjectMapper().readTree(exchange.getRequestBody()));
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        listener.start();
        String hook = "http://127.0.0.1:" + listener.getAddress().getPort() + "/hook";
        String refused;
        List<String> throwing = new ArrayList<>();
        String usable;
        try (TestServer diptych = TestServer.withoutWorker(data, allowingPrivate())) {
            refused = submit(diptych, hook);
            for (int i = 0; i < 16; i++) { // as many as are told at a time
                throwing.add(submit(diptych, hook));
            }
            usable = submit(diptych, hook);
        }
        // As they were accepted once. The HTTP client throws at the scope of the second address, instead of failing.
        target(refused, "http://127.0.0.1:99999/");
        for (String job : throwing) {
            target(job, "http://[::1%1]:9/");
        }
        try (TestServer diptych = TestServer.withWorker(data, allowingPrivate())) {
            diptych.awaitEnd(refused);
            throwing.forEach(diptych::awaitEnd);
            diptych.awaitEnd(usable);
            JsonNode heard = told.poll(20, TimeUnit.SECONDS);
            assertThat(heard).isNotNull();
            assertThat(heard.path("id").asText()).isEqualTo(usable);
        } finally {
            listener.stop(0);
        }
    }

    @Test
    void a_target_that_does_not_answer_delays_no_other() throws Exception {
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        CountDownLatch released = new CountDownLatch(1);
        HttpServer listener = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        listener.setExecutor(threads);
        listener.createContext(
                "/",
                exchange -> {
                    told.add(exchange.getRequestURI().getPath());
                    if (exchange.getRequestURI().getPath().equals("/slow")) {
                        awaitUninterruptibly(released);
                    }
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        listener.start();
        String base = "http://127.0.0.1:" + listener.getAddress().getPort();
        try (TestServer diptych = TestServer.withWorker(data, allowingPrivate())) {
            submit(diptych, base + "/slow");
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("/slow");
            submit(diptych, base + "/quick");
            assertThat(told.poll(20, TimeUnit.SECONDS))
                    .as("told while the first has no answer, and once")
                    .isEqualTo("/quick");
            submit(diptych, base + "/quick");
            assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("/quick");
        } finally {
            released.countDown();
            listener.stop(0);
            threads.shutdownNow();
        }
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void target(String job, String url) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("diptych.db"));
                var update = connection.prepareStatement("UPDATE webhooks SET url = ? WHERE job = ?")) {
            update.setString(1, url);
            update.setString(2, job);
            update.execute();
        }
    }

    private static String submit(TestServer diptych, String hook) {
        String document = TestServer.document("test/wait", "\"steps\":{\"value\":0}");
        return diptych.post("/api/v1/jobs", "{\"webhook\":\"" + hook + "\",\"workflow\":" + document + "}")
                .expect(201)
                .json()
                .path("id")
                .asText();
    }
}
