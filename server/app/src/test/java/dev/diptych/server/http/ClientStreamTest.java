// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.server.jobs.JobEvent;

import io.vertx.core.Vertx;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A client whose socket is full, and then is not.
final class ClientStreamTest {
    private final Vertx vertx = Vertx.vertx();
    private final List<JobEvent> written = new CopyOnWriteArrayList<>();
    private volatile boolean isFull = true;
    private volatile boolean isCutOff;
    private final io.vertx.core.Context loop = vertx.getOrCreateContext();
    private final ClientStream stream =
            new ClientStream(
                    loop,
                    new ClientStream.Sink() {
                        @Override
                        public boolean isFull() {
                            return isFull;
                        }

                        @Override
                        public void write(JobEvent event) {
                            written.add(event);
                        }

                        @Override
                        public void overflow() {
                            isCutOff = true;
                        }

                        @Override
                        public void failed(RuntimeException failure) {
                            throw failure;
                        }
                    });

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    /// Returns when the event loop has done what was asked of it before.
    private void settle(Runnable last) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        loop.runOnContext(_ -> {
            last.run();
            done.countDown();
        });
        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    }

    private static JobEvent stored(long sequence) {
        return new JobEvent.Stored("j", sequence, "node-started", "{}");
    }

    private static JobEvent preview(String job, int picture) {
        return new JobEvent.Preview(job, "n", "image/jpeg", new byte[] {(byte) picture});
    }

    @Test
    void previews_are_dropped_while_the_socket_is_full_and_the_newest_of_each_job_is_sent_after_all_events()
            throws Exception {
        JobEvent newest = preview("j", 3);
        JobEvent other = preview("k", 9);
        stream.add(preview("j", 1));
        stream.add(stored(1));
        stream.add(preview("j", 2));
        stream.add(other);
        stream.add(stored(2));
        stream.add(newest);
        settle(() -> {});
        assertThat(written).isEmpty();

        isFull = false;
        settle(stream::drain);
        assertThat(written).containsExactly(stored(1), stored(2), newest, other);
    }

    @Test
    void a_client_that_never_reads_is_cut_off_and_nothing_more_is_kept_for_it() throws Exception {
        for (int i = 1; i <= 2001; i++) {
            stream.add(stored(i));
        }
        settle(() -> {});
        assertThat(isCutOff).isTrue();
        isFull = false;
        stream.add(stored(3000));
        settle(stream::drain);
        assertThat(written).isEmpty();
    }
}
