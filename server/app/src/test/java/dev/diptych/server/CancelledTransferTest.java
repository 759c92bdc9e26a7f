// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Image;
import dev.diptych.api.value.Pixel;
import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.PngWriter;
import dev.diptych.server.config.ServerSettings;
import dev.diptych.server.worker.RemoteAssets;
import dev.diptych.server.worker.Worker;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;

/// A worker whose assets travel over a network that has come to a stop.
@Timeout(120)
class CancelledTransferTest {
    @TempDir private Path folder;

    private ServerSocket silent;
    private TestServer diptych;
    private LocalEngine engine;
    private Worker worker;

    @BeforeEach
    void open() throws IOException {
        diptych = TestServer.withoutWorker(folder.resolve("data"), ServerSettings.usual(0));
        TestPlugin.install(TestServer.places(folder.resolve("elsewhere")));
        silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        URI assets = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/");
        engine =
                LocalEngine.open(
                        TestServer.places(folder.resolve("elsewhere")),
                        DeviceSettings.usual(),
                        CacheFolder.USUAL_BYTES,
                        ImageFiles.DEFAULT_MAX_PIXELS,
                        shared -> new RemoteAssets(shared, assets, "token"));
        worker = TestServer.connect("far", engine, diptych.server);
    }

    @AfterEach
    void close() throws IOException {
        worker.close();
        diptych.close();
        engine.close();
        silent.close();
    }

    /// Cancels a job when it has asked for a transfer, and has the worker do another.
    private void cancel(String job) throws IOException {
        silent.accept();
        diptych.post("/api/v1/jobs/" + job + "/cancel", "").expect(200);
        while (!worker.holding().isEmpty()) {
            TestServer.pause();
        }
        assertThat(diptych.awaitEnd(job).path("state").asText()).isEqualTo("cancelled");
        assertThat(diptych.get("/api/v1/workers").json().at("/workers/0/draining").asBoolean(true)).isFalse();
        String next = diptych.submitNode("test/wait", "\"steps\":{\"value\":0}");
        assertThat(diptych.awaitEnd(next).path("state").asText()).isEqualTo("succeeded");
    }

    @Test
    void a_job_that_waits_for_a_picture_is_cancelled_and_its_worker_goes_on() throws IOException {
        byte[] png = PngWriter.write(Image.filled(4, 4, new Pixel(1, 0, 0, 1)));
        String picture = diptych.call("POST", "/api/v1/assets", png).expect(201).json().path("reference").asText();
        cancel(
                diptych.submit(
                        """
                        {"diptych":1,"name":"in","nodes":{"n":{"type":"image/flip","version":1,"in":{"image":{"value":"%s"}}}},
                         "outputs":{"image":{"node":"n","out":"image"}}}\
                        """
                                .formatted(picture)));
    }

    @Test
    void a_job_whose_outputs_are_not_taken_is_cancelled_and_its_worker_goes_on() throws IOException {
        cancel(
                diptych.submit(
                        """
                        {"diptych":1,"name":"out","nodes":{"n":{"type":"image/filled","version":1,"in":{"width":{"value":4},"height":{"value":4}}}},
                         "outputs":{"image":{"node":"n","out":"image"}}}\
                        """));
    }
}
