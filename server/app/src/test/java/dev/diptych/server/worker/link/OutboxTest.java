// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.LinkedHashMap;

/// What waits while a socket is full.
final class OutboxTest {
    private static final Holding JOB = new Holding("j", 1);
    private static final Holding OTHER = new Holding("k", 1);

    private final Outbox<ToServer> outbox = new Outbox<>();

    private static ToServer preview(Holding job, String node, int picture) {
        return new ToServer.Preview(job, node, "image/jpeg", new byte[] {(byte) picture});
    }

    private static ToServer progress(String node, double fraction) {
        return new ToServer.Progress(JOB, node, fraction, "", null);
    }

    @Test
    void one_preview_of_each_job_waits_and_it_is_the_newest() {
        ToServer newest = preview(JOB, "b", 3);
        ToServer other = preview(OTHER, "a", 4);
        outbox.add(preview(JOB, "a", 1));
        outbox.add(preview(JOB, "a", 2));
        outbox.add(newest);
        outbox.add(other);
        assertThat(outbox.next()).isSameAs(newest);
        assertThat(outbox.next()).isSameAs(other);
        assertThat(outbox.next()).isNull();
    }

    @Test
    void one_progress_of_each_node_waits_and_it_is_the_newest() {
        ToServer newest = progress("a", 0.9);
        ToServer other = progress("b", 0.1);
        outbox.add(progress("a", 0.1));
        outbox.add(newest);
        outbox.add(other);
        assertThat(outbox.next()).isSameAs(newest);
        assertThat(outbox.next()).isSameAs(other);
        assertThat(outbox.next()).isNull();
    }

    @Test
    void control_and_records_go_before_progress_and_that_before_previews_in_their_own_order() {
        ToServer picture = preview(JOB, "a", 1);
        ToServer step = progress("a", 0.5);
        ToServer started = new ToServer.NodeStarted(JOB, "a");
        ToServer claim = new ToServer.Claim(1);
        outbox.add(picture);
        outbox.add(step);
        outbox.add(started);
        outbox.add(claim);
        assertThat(outbox.nextControl()).isSameAs(started);
        assertThat(outbox.next()).isSameAs(claim);
        assertThat(outbox.nextControl()).isNull();
        assertThat(outbox.next()).isSameAs(step);
        assertThat(outbox.next()).isSameAs(picture);
    }

    @Test
    void nothing_of_a_node_waits_once_it_has_ended() {
        ToServer ended = ended("a");
        ToServer other = progress("b", 0.5);
        ToServer picture = preview(OTHER, "a", 2);
        outbox.add(progress("a", 0.9));
        outbox.add(other);
        outbox.add(preview(JOB, "a", 1));
        outbox.add(picture);
        outbox.add(ended);
        assertThat(outbox.next()).isSameAs(ended);
        assertThat(outbox.next()).isSameAs(other);
        assertThat(outbox.next()).isSameAs(picture);
        assertThat(outbox.next()).isNull();
    }

    @Test
    void a_preview_of_another_node_of_the_job_stays_when_one_ends() {
        ToServer picture = preview(JOB, "b", 1);
        ToServer ended = ended("a");
        outbox.add(picture);
        outbox.add(ended);
        assertThat(outbox.next()).isSameAs(ended);
        assertThat(outbox.next()).isSameAs(picture);
    }

    private static ToServer ended(String node) {
        return new ToServer.NodeEnded(
                JOB,
                1,
                new NodeReport(
                        node,
                        "image/resize",
                        NodeReport.Status.SUCCEEDED,
                        1,
                        1,
                        1,
                        null,
                        null,
                        new LinkedHashMap<>(),
                        new LinkedHashMap<>(),
                        null));
    }
}
