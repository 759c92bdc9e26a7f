// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// `diptych serve` as a process, as an operator starts it.
@Timeout(240)
class ServeCommandTest {
    private static final String READY = "Diptych is listening on ";

    @TempDir private Path data;

    private Process server;

    @AfterEach
    void stop() throws InterruptedException {
        if (server != null) {
            server.destroy();
            if (!server.waitFor(20, TimeUnit.SECONDS)) {
                server.destroyForcibly().waitFor();
            }
        }
    }

    /// @return its address
    private String start(String... options) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0", "--data", data.toString()));
        arguments.addAll(List.of(options));
        Path log = data.resolve("log");
        server = new ProcessBuilder(OwnProcess.command(arguments)).redirectError(log.toFile()).start();
        BufferedReader out = new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
        String line = out.readLine();
        while (line != null && !line.startsWith(READY)) {
            line = out.readLine();
        }
        assertThat(line).as(Files.readString(log)).isNotNull();
        return line.substring(READY.length());
    }

    private ProcessHandle worker() {
        Optional<ProcessHandle> worker = server.children().findFirst();
        while (worker.isEmpty()) {
            TestServer.pause();
            worker = server.children().findFirst();
        }
        return worker.get();
    }

    private static String commandLine(ProcessHandle process) throws Exception {
        Path file = Path.of("/proc/" + process.pid() + "/cmdline");
        String line = Files.readString(file).replace('\0', ' ');
        while (!line.contains(" --supervised ")) { // still the copy of the server that becomes it
            TestServer.pause();
            line = Files.readString(file).replace('\0', ' ');
        }
        return line;
    }

    @Test
    void its_worker_gets_the_options_that_concern_it_and_does_not_outlive_a_server_that_is_killed() throws Exception {
        assertThat(
                        start(
                                "--precision",
                                "float32",
                                "--model-memory",
                                "900",
                                "--cache-disk",
                                "700",
                                "--max-pixels",
                                "80"))
                .startsWith("http://127.0.0.1:");
        ProcessHandle worker = worker();
        assertThat(commandLine(worker))
                .contains(" --precision float32 ", " --model-memory 900", " --cache-disk 700", " --max-pixels 80");
        assertThat(server.isAlive()).isTrue();

        server.destroyForcibly().waitFor();

        worker.onExit().get(60, TimeUnit.SECONDS);
    }

    @Test
    void it_speaks_tls_to_clients_and_to_its_worker() throws Exception {
        TestPlugin.install(TestServer.places(data));
        KeyStore keys = KeyStore.getInstance(TlsFiles.KEYS.toFile(), TlsFiles.PASSWORD.toCharArray());
        Path certificate = data.resolve("certificate.pem");
        Path key = data.resolve("key.pem");
        Files.writeString(certificate, pem("CERTIFICATE", keys.getCertificate("test").getEncoded()));
        Files.writeString(key, pem("PRIVATE KEY", keys.getKey("test", TlsFiles.PASSWORD.toCharArray()).getEncoded()));
        String address = start("--tls-certificate", certificate.toString(), "--tls-key", key.toString());
        assertThat(address).startsWith("https://127.0.0.1:");

        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        trusted.setCertificateEntry("test", keys.getCertificate("test"));
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        try (HttpClient client = HttpClient.newBuilder().sslContext(context).build()) {
            String body = "{\"workflow\":" + TestServer.document("test/wait", "\"text\":{\"value\":\"safe\"}") + "}";
            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(URI.create(address + "/api/v1/jobs?wait=60s"))
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).contains("\"succeeded\"", "\"safe\"");
        }
        assertThat(asked("job", "list")).contains("succeeded");
    }

    /// @return what a command about the state of the data folder prints
    private String asked(String... command) {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", data.toString()));
        RanCommand ran = RanCommand.of(arguments);
        assertThat(ran.exit()).as(ran.err()).isZero();
        return ran.out();
    }

    private static String pem(String what, byte[] content) {
        String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
    }

    /// @return what it complains of
    private String refused(String... options) {
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0", "--data", data.toString()));
        arguments.addAll(List.of(options));
        RanCommand ran = RanCommand.of(arguments);
        assertThat(ran.exit()).isEqualTo(1);
        return ran.err();
    }

    @Test
    void a_stop_is_orderly_and_soon_over() throws Exception {
        start("--no-worker");
        assertThat(data.resolve("server.json")).exists();

        server.destroy();

        assertThat(server.waitFor(9, TimeUnit.SECONDS)).as("it ends before a container would be killed").isTrue();
        assertThat(data.resolve("server.json")).doesNotExist();
    }

    @Test
    void other_machines_reach_it_only_with_tokens_and_tls_or_a_flag() {
        assertThat(refused("--address", "0.0.0.0")).contains("there is no token yet", "diptych token create");
        asked("token", "create", "--owner", "ann", "--scope", "admin");
        assertThat(refused("--address", "0.0.0.0")).contains("in clear", "--tls-certificate", "--insecure");
        assertThat(refused("--tls-certificate", TlsFiles.KEYS.toString())).contains("--tls-certificate and --tls-key");
    }

    @Test
    void with_tokens_and_the_flag_it_listens_on_every_address() throws Exception {
        asked("token", "create", "--owner", "ann", "--scope", "admin");

        assertThat(start("--address", "0.0.0.0", "--insecure", "--no-worker")).startsWith("http://0.0.0.0:");
        assertThat(server.children()).isEmpty();
        assertThat(asked("job", "list")).contains("no jobs");
    }
}
