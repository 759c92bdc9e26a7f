// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.server.store.ClaimStore;
import dev.diptych.server.store.Database;
import dev.diptych.server.store.FullStore;
import dev.diptych.server.store.JobRow;
import dev.diptych.server.worker.link.Holding;
import dev.diptych.server.worker.link.NodeReport;
import dev.diptych.server.worker.link.Outcome;
import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkerLink;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.stream.LongStream;

class JobServiceTest {
    private static final String WORKFLOW =
            "{\"document\":{\"nodes\":{\"a\":{\"in\":{}},\"b\":{\"in\":{\"x\":{\"node\":\"a\",\"out\":\"y\"}}},\"c\":{\"in\":{}}}},\"nested\":{}}";

    @TempDir Path folder;

    private final FakeClock clock = new FakeClock();
    private final Set<String> present = new HashSet<>();
    private final Set<String> accepted = new HashSet<>(Set.of("secret"));
    private final OutputFiles files =
            digest ->
                    present.contains(digest)
                            ? Optional.of(new ClaimStore.OutputFile(digest, 1, "image/png"))
                            : Optional.empty();
    private Database database;
    private JobService service;

    @BeforeEach
    void open() {
        open(JobLimits.USUAL);
    }

    private void open(JobLimits limits) {
        database = Database.open(folder.resolve("diptych.db"));
        service = new JobService(database, clock, limits, files);
    }

    @AfterEach
    void close() {
        service.close();
        database.close();
    }

    private void restart() {
        close();
        clock.milliseconds += 1000;
        open();
    }

    @Test
    void the_same_key_gives_the_same_job_and_refuses_another_request() {
        var first = service.submit(request("ann", 0, "key", "{}")).join();
        var again = service.submit(request("ann", 0, "key", "{}")).join();
        assertThat(first.isNew()).isTrue();
        assertThat(again.isNew()).isFalse();
        assertThat(again.job().id()).isEqualTo(first.job().id());
        assertThat(service.submit(request("bob", 0, "key", "{}")).join().isNew()).isTrue();
        assertThatThrownBy(() -> service.submit(request("ann", 0, "key", "{\"n\":2}")).join())
                .hasCauseInstanceOf(JobException.class)
                .hasMessageContaining("key");
    }

    @Test
    void lists_pages_newest_first_by_owner_and_state() {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ids.addFirst(submit("ann", 0));
        }
        submit("bob", 0);
        JobPage first = service.list(new JobFilter("ann", JobState.QUEUED, null, 3));
        JobPage second = service.list(new JobFilter("ann", null, first.next(), 3));
        assertThat(first.jobs()).extracting(Job::id).isEqualTo(ids.subList(0, 3));
        assertThat(second.jobs()).extracting(Job::id).isEqualTo(ids.subList(3, 5));
        assertThat(second.next()).isNull();
    }

    @Test
    void claims_go_by_priority_and_then_from_owner_to_owner() {
        String ann1 = submit("ann", 0);
        String ann2 = submit("ann", 0);
        String bob = submit("bob", 0);
        String urgent = submit("ann", 5);
        FakeWorker worker = new FakeWorker("w", 1);
        List<String> order = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            ToWorker.Assign assign = worker.claim();
            order.add(assign.holding().job());
            worker.finish(assign.holding());
        }
        assertThat(order).containsExactly(urgent, bob, ann1, ann2);
    }

    @Test
    void owners_take_turns_however_many_jobs_one_of_them_has() {
        for (int i = 0; i < 6; i++) {
            submit("ann", 0);
        }
        submit("bob", 0);
        submit("bob", 0);
        submit("cyd", 0);
        assertThat(owners(9)).containsExactly("ann", "bob", "cyd", "ann", "bob", "ann", "ann", "ann", "ann");
    }

    @Test
    void a_higher_priority_goes_before_an_owners_turn_and_a_lower_one_after_all_others() {
        submit("low", -1);
        submit("ann", 0);
        submit("ann", 0);
        submit("bob", 0);
        submit("urgent", 7);
        submit("urgent", 7);
        assertThat(owners(6)).containsExactly("urgent", "urgent", "ann", "bob", "ann", "low");
    }

    /// Of the next jobs that a worker gets, one after the other.
    private List<String> owners(int count) {
        FakeWorker worker = new FakeWorker("w", 1);
        List<String> owners = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ToWorker.Assign assign = worker.claim();
            owners.add(assign.owner());
            worker.finish(assign.holding());
        }
        return owners;
    }

    @Test
    void the_last_tenth_of_the_queue_is_kept_from_whoever_holds_most_of_it() {
        close();
        open(
                new JobLimits(
                        20,
                        JobLimits.USUAL.lease(),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(60)));
        for (int i = 0; i < 18; i++) {
            submit("ann", 0);
        }
        assertThatThrownBy(() -> submit("ann", 0)).hasMessageContaining("more than half of its jobs are yours");
        submit("bob", 0);
        submit("cyd", 0);
        assertThatThrownBy(() -> submit("bob", 0)).hasMessageContaining("The queue holds 20 jobs, which is its limit");
    }

    @Test
    void a_full_queue_refuses_what_comes_until_a_job_is_claimed_also_after_a_restart() {
        close();
        open(
                new JobLimits(
                        2,
                        JobLimits.USUAL.lease(),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(60)));
        var first = service.submit(request("ann", 0, "key", "{}")).join();
        submit("bob", 0);
        assertThat(service.submit(request("ann", 0, "key", "{}")).join().job()).isEqualTo(first.job());
        assertThatThrownBy(() -> service.submit(request("ann", 0, "key", "{\"n\":2}")).join())
                .hasMessageContaining("another request");
        assertThatThrownBy(() -> submit("ann", 0)).hasMessageContaining("The queue holds 2 jobs, which is its limit");
        close();
        open(
                new JobLimits(
                        2,
                        JobLimits.USUAL.lease(),
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(10),
                        Duration.ofSeconds(60)));
        assertThatThrownBy(() -> submit("ann", 0)).hasMessageContaining("The queue holds 2 jobs, which is its limit");
        new FakeWorker("w", 1).claim();
        submit("ann", 0);
        assertThatThrownBy(() -> submit("ann", 0)).hasMessageContaining("The queue holds 2 jobs, which is its limit");
    }

    @Test
    void a_device_call_that_hangs_drains_its_worker_which_has_a_minute_for_its_other_nodes() {
        String hung = submit("ann", 0);
        String other = submit("bob", 0);
        FakeWorker worker = new FakeWorker("w", 4);
        Holding first = worker.claim().holding();
        Holding second = worker.claim().holding();
        worker.send(new ToServer.NodeStarted(first, "a"));
        worker.send(new ToServer.NodeStarted(second, "b"));
        worker.call(first, "a", Duration.ofMinutes(10), List.of(first, second));
        assertThat(worker.messages).noneMatch(ToWorker.Drain.class::isInstance);

        worker.call(first, "a", Duration.ofMinutes(10).plusSeconds(1), List.of(first, second));
        ToWorker.Drain drain = worker.next(ToWorker.Drain.class);
        assertThat(drain.patience()).isEqualTo(Duration.ofSeconds(60));
        assertThat(drain.reason()).contains("node \"a\"", "601 seconds");
        submit("cyd", 0);
        worker.send(new ToServer.Claim(2));
        clock.pass(Duration.ofSeconds(25));
        worker.call(first, "a", Duration.ofMinutes(11), List.of(first, second));
        worker.end(second, "b");
        worker.finish(second);
        clock.pass(Duration.ofSeconds(25));
        worker.call(first, "a", Duration.ofMinutes(12), List.of(first));
        service.tick();
        assertThat(service.find(hung).orElseThrow().state()).isEqualTo(JobState.RUNNING);
        assertThat(worker.messages).noneMatch(ToWorker.Assign.class::isInstance);

        clock.pass(Duration.ofSeconds(11));
        worker.call(first, "a", Duration.ofMinutes(12), List.of(first));
        service.tick();
        assertThat(worker.closed).contains("drained");
        assertThat(service.find(other).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(strikes(hung, "a")).isEqualTo(1);
    }

    /// Read from what a further worker is told once the node has two more.
    private int strikes(String job, String node) {
        for (int death = 0; death < 3; death++) {
            FakeWorker worker = new FakeWorker("counting" + death, 4);
            ToWorker.Assign assign = worker.claim();
            while (!assign.holding().job().equals(job)) {
                worker.finish(assign.holding());
                assign = worker.claim();
            }
            if (assign.nodesThatKilled().containsKey(node)) {
                return 3 - death;
            }
            worker.send(new ToServer.NodeStarted(assign.holding(), node));
            service.workerEnded(worker.name, false);
        }
        return 0;
    }

    @Test
    void a_strike_is_cleared_when_that_node_finishes() {
        String job = submit("ann", 0);
        FakeWorker first = new FakeWorker("first", 1);
        Holding holding = first.claim().holding();
        first.send(new ToServer.NodeStarted(holding, "a"));
        service.workerEnded("first", false);
        FakeWorker second = new FakeWorker("second", 1);
        holding = second.claim().holding();
        second.send(new ToServer.NodeStarted(holding, "a"));
        second.end(holding, "a");
        service.workerEnded("second", false);
        assertThat(strikes(job, "a")).isZero();
    }

    @Test
    void heartbeats_keep_a_claim_for_as_long_as_they_come() {
        submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        for (int i = 0; i < 10; i++) {
            clock.pass(Duration.ofSeconds(20));
            worker.send(new ToServer.Heartbeat(List.of(holding), List.of(), List.of()));
            service.tick();
        }
        worker.finish(holding);
        assertThat(service.counts()).containsExactly(Map.entry("succeeded", 1L));
    }

    @Test
    void a_calendar_that_jumps_ends_no_claim_and_keeps_none() {
        submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        for (int hours : new int[] {5, -11}) {
            clock.milliseconds += Duration.ofHours(hours).toMillis();
            clock.pass(Duration.ofSeconds(20));
            service.tick();
            assertThat(worker.closed).isEmpty();
            worker.send(new ToServer.Heartbeat(List.of(holding), List.of(), List.of()));
            assertThat(service.find(holding.job()).orElseThrow().state()).isEqualTo(JobState.RUNNING);
        }

        clock.milliseconds -= Duration.ofHours(5).toMillis();
        clock.pass(Duration.ofSeconds(31));
        service.tick();
        assertThat(new FakeWorker("other", 1).claim().holding().epoch()).isEqualTo(holding.epoch() + 1);
    }

    @Test
    void a_calendar_that_was_set_back_while_the_server_was_down_leaves_new_jobs_behind_older_ones() {
        String before = submit("ann", 0);
        clock.milliseconds -= Duration.ofHours(5).toMillis();
        restart();
        String after = submit("ann", 0);

        assertThat(service.list(new JobFilter(null, null, null, 10)).jobs())
                .extracting(Job::id)
                .containsExactly(after, before);
        FakeWorker worker = new FakeWorker("w", 1);
        assertThat(worker.claim().holding().job()).isEqualTo(before);
    }

    @Test
    void a_calendar_that_was_set_back_does_not_put_a_webhook_off() {
        service.submit(withWebhook("http://a/hook")).join();
        FakeWorker worker = new FakeWorker("w", 1);
        worker.finish(worker.claim().holding());
        Webhooks webhooks = new Webhooks(database, service, clock);
        Webhooks.Call call = webhooks.due().getFirst();
        Duration pause = webhooks.failed(call).orElseThrow();
        assertThat(webhooks.due()).isEmpty();

        clock.milliseconds -= Duration.ofHours(11).toMillis();
        assertThat(webhooks.due()).extracting(Webhooks.Call::attempts).containsExactly(1);

        webhooks.failed(webhooks.due().getFirst());
        assertThat(webhooks.due()).isEmpty();
        clock.pass(Duration.ofMinutes(1).plus(pause));
        assertThat(webhooks.due()).hasSize(1);
    }

    @Test
    void a_webhook_that_was_told_or_given_up_is_due_again_when_its_job_is_retried() {
        String job = service.submit(withWebhook("http://a/hook")).join().job().id();
        FakeWorker worker = new FakeWorker("w", 1);
        worker.finish(worker.claim().holding());
        Webhooks webhooks = new Webhooks(database, service, clock);
        Webhooks.Call first = webhooks.due().getFirst();
        webhooks.delivered(first);
        assertThat(webhooks.due()).isEmpty();

        service.retry(job, null).join();
        assertThat(webhooks.due()).isEmpty();
        worker.finish(worker.claim().holding());
        assertThat(webhooks.due()).extracting(Webhooks.Call::attempts).containsExactly(0);
        webhooks.delivered(first); // told late of the end before
        for (int attempt = 0; attempt <= 5; attempt++) {
            webhooks.failed(webhooks.due().getFirst());
            clock.pass(Duration.ofHours(6));
        }
        assertThat(webhooks.due()).isEmpty();

        service.retry(job, null).join();
        worker.finish(worker.claim().holding());
        assertThat(webhooks.due()).extracting(Webhooks.Call::url).containsExactly("http://a/hook");
    }

    @Test
    void among_ten_owners_none_is_ever_two_jobs_ahead_of_another_that_waits() {
        for (int i = 0; i < 50; i++) {
            submit("flood", 0);
        }
        for (int i = 0; i < 27; i++) {
            submit("user-" + i % 9, 0);
        }
        Map<String, Integer> got = new HashMap<>();
        for (String owner : owners(30)) {
            got.merge(owner, 1, Integer::sum);
        }
        assertThat(got).hasSize(10).allSatisfy((_, jobs) -> assertThat(jobs).isEqualTo(3));
    }

    @Test
    void a_store_that_cannot_write_refuses_what_is_new_and_keeps_what_it_has() {
        String accepted = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        FullStore.fill(database);
        String large = "{\"text\":\"" + "x".repeat(200_000) + "\"}";
        assertThatThrownBy(() -> service.submit(request("ann", 0, null, large)).join())
                .satisfies(failure ->
                        assertThat(JobException.of(failure).orElseThrow().reason())
                                .isEqualTo(JobException.Reason.STORE_FAILED))
                .hasMessageContaining("full");
        assertThat(service.isStoreUp()).isFalse();
        ToServer.Finished end = new ToServer.Finished(holding, 77, new Outcome(Outcome.Status.SUCCEEDED, large, null));
        worker.send(end);
        assertThat(service.list(new JobFilter(null, null, null, 10)).jobs())
                .extracting(Job::id)
                .containsExactly(accepted);
        assertThat(service.find(accepted).orElseThrow().state()).isEqualTo(JobState.RUNNING);

        FullStore.free(database);
        worker.send(end);
        assertThat(worker.next(ToWorker.Ack.class).id()).isEqualTo(77);
        assertThat(service.find(accepted).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
        service.submit(request("ann", 0, null, large)).join();
        worker.finish(worker.claim().holding());
        assertThat(service.isStoreUp()).isTrue();
    }

    @Test
    void a_store_that_could_not_write_is_looked_at_again_though_nobody_writes() throws InterruptedException {
        FullStore.fill(database);
        String large = "{\"text\":\"" + "x".repeat(200_000) + "\"}";
        assertThatThrownBy(() -> service.submit(request("ann", 0, null, large)).join()).hasMessageContaining("full");
        assertThat(service.isStoreUp()).isFalse();
        clock.pass(Duration.ofSeconds(6));
        service.tick(); // what it writes needs no room
        for (int i = 0; i < 500 && !service.isStoreUp(); i++) {
            Thread.sleep(10);
        }
        assertThat(service.isStoreUp()).isTrue();
        FullStore.free(database);
    }

    @Test
    void a_worker_gets_only_jobs_whose_plugins_it_has() {
        var other =
                new JobRequest("ann", "", WORKFLOW, "{}", List.of(), "{}", 9, Set.of("absent"), Set.of(), null, null);
        service.submit(other).join();
        String suitable = submit("ann", 0);
        assertThat(new FakeWorker("w", 4).claim().holding().job()).isEqualTo(suitable);
    }

    @Test
    void a_claim_that_lapsed_is_stale_and_the_next_one_decides() {
        String job = submit("ann", 0);
        FakeWorker slow = new FakeWorker("slow", 1);
        Holding first = slow.claim().holding();
        clock.pass(Duration.ofSeconds(31));
        service.tick();
        FakeWorker next = new FakeWorker("next", 1);
        Holding second = next.claim().holding();
        assertThat(second.epoch()).isEqualTo(first.epoch() + 1);

        slow.send(new ToServer.Finished(first, 1, new Outcome(Outcome.Status.FAILED, "{}", null)));
        assertThat(slow.next(ToWorker.Stale.class).holding()).isEqualTo(first);
        next.finish(second);
        assertThat(service.find(job).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_job_ends_only_when_the_files_of_its_outputs_are_there() {
        String job = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding first = worker.claim().holding();
        String digest = "a".repeat(64);
        var outcome =
                new Outcome(
                        Outcome.Status.SUCCEEDED,
                        "{\"image\":{\"type\":\"image\",\"value\":\"asset:" + digest + "\"}}",
                        null);
        worker.send(new ToServer.Finished(first, 1, outcome));
        assertThat(worker.next(ToWorker.Stale.class).holding()).isEqualTo(first);

        Holding second = worker.claim().holding();
        present.add(digest);
        worker.send(new ToServer.Finished(second, 2, outcome));
        assertThat(worker.next(ToWorker.Ack.class).id()).isEqualTo(2);
        assertThat(service.find(job).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void records_are_kept_over_a_restart_and_a_running_job_stays_with_its_worker() {
        String job = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        worker.end(holding, "a");
        worker.end(holding, "a");
        restart();

        FakeWorker back = new FakeWorker("w", 1, holding);
        assertThat(back.next(ToWorker.Welcome.class).kept()).containsExactly(holding);
        assertThat(service.get(job).orElseThrow().nodes()).extracting(JobDetails.NodeRecord::node).containsExactly("a");
        back.finish(holding);
        assertThat(service.find(job).orElseThrow().state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void after_a_restart_an_unclaimed_job_is_run_again_with_what_it_had() {
        submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        worker.end(worker.claim().holding(), "a");
        restart();
        clock.pass(Duration.ofSeconds(31));
        service.tick();
        assertThat(new FakeWorker("other", 1).claim().finishedNodes()).containsExactly("a");
    }

    @Test
    void a_node_that_kills_its_workers_runs_alone_and_then_fails() {
        submit("ann", 0);
        for (int death = 1; death <= 3; death++) {
            FakeWorker worker = new FakeWorker("w" + death, 4);
            ToWorker.Assign assign = worker.claim();
            assertThat(assign.nodesThatKilled()).isEmpty();
            if (death == 3) {
                submit("bob", 0);
                worker.send(new ToServer.Claim(3));
                assertThat(worker.messages.stream().noneMatch(ToWorker.Assign.class::isInstance)).isTrue();
            }
            worker.send(new ToServer.NodeStarted(assign.holding(), "b"));
            service.workerEnded(worker.name, false);
        }
        FakeWorker last = new FakeWorker("last", 4);
        ToWorker.Assign assign = last.claim();
        if (assign.owner().equals("bob")) {
            assign = last.claim();
        }
        assertThat(assign.nodesThatKilled()).containsOnlyKeys("b");
        assertThat(assign.nodesThatKilled().get("b")).contains("3 times");
    }

    @Test
    void an_orderly_stop_is_no_strike() {
        submit("ann", 0);
        for (int stop = 0; stop < 3; stop++) {
            FakeWorker worker = new FakeWorker("w" + stop, 1);
            ToWorker.Assign assign = worker.claim();
            assertThat(assign.nodesThatKilled()).isEmpty();
            worker.send(new ToServer.NodeStarted(assign.holding(), "b"));
            worker.send(new ToServer.Leaving());
        }
        assertThat(new FakeWorker("last", 1).claim().nodesThatKilled()).isEmpty();
    }

    @Test
    void cancelling_ends_by_itself_and_drains_a_worker_that_ignores_it() {
        String queued = submit("ann", 0);
        assertThat(service.cancel(queued).join().state()).isEqualTo(JobState.CANCELLED);

        String running = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        assertThat(service.cancel(running).join().state()).isEqualTo(JobState.CANCELLING);
        assertThat(worker.next(ToWorker.Cancel.class).holding()).isEqualTo(holding);
        clock.pass(Duration.ofSeconds(11));
        service.tick();
        worker.next(ToWorker.Drain.class);
        assertThat(service.cancel(running).join().state()).isEqualTo(JobState.CANCELLED);
    }

    @Test
    void a_job_that_no_worker_can_be_told_of_fails_with_the_reason_and_the_next_takes_its_place() {
        String large = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        worker.undeliverable.accept(worker.claim(), "It takes 70 bytes, the link carries 60");
        String next = submit("ann", 0);
        assertThat(worker.next(ToWorker.Assign.class).holding().job()).isEqualTo(next);
        Job failed = service.find(large).orElseThrow();
        assertThat(failed.state()).isEqualTo(JobState.FAILED);
        assertThat(failed.error()).contains("server/job-too-large", "It takes 70 bytes, the link carries 60.");
    }

    @Test
    void retrying_from_a_node_forgets_it_and_what_needs_it() {
        String job = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        worker.end(holding, "a");
        worker.end(holding, "b");
        worker.end(holding, "c");
        assertThatThrownBy(() -> service.retry(job, null).join()).hasMessageContaining("only a job that ended");
        worker.finish(holding);
        assertThatThrownBy(() -> service.retry(job, "z").join()).hasMessageContaining("no node \"z\"");
        assertThat(service.retry(job, "a").join().state()).isEqualTo(JobState.QUEUED);
        ToWorker.Assign again = worker.claim();
        assertThat(again.finishedNodes()).containsExactly("c");
        assertThat(again.holding().epoch()).isGreaterThan(holding.epoch());
    }

    @Test
    void a_follower_hears_all_events_once_and_in_order_and_goes_on_where_it_was() {
        String job = submit("ann", 0);
        List<JobEvent> heard = new ArrayList<>();
        Subscription following = follow(job, 0, heard);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        worker.send(new ToServer.NodeStarted(holding, "a"));
        worker.send(new ToServer.Progress(holding, "a", 0.5, "half", null));
        worker.end(holding, "a");
        worker.finish(holding);
        following.end();
        assertThat(numbers(heard)).containsExactly(1L, 2L, 3L, 4L, 5L);
        assertThat(heard).anyMatch(JobEvent.Progress.class::isInstance);

        List<JobEvent> rest = new ArrayList<>();
        follow(job, 3, rest);
        assertThat(numbers(rest)).containsExactly(4L, 5L);
    }

    @Test
    void after_a_restart_numbers_leave_a_gap_and_an_unknown_one_is_answered_with_a_snapshot() {
        String job = submit("ann", 0);
        restart();
        List<JobEvent> heard = new ArrayList<>();
        follow(job, 77, heard);
        service.cancel(job).join();
        assertThat(heard.getFirst()).isInstanceOf(JobEvent.Reset.class);
        assertThat(numbers(heard)).containsExactly(1_000_001L);
    }

    @Test
    void after_a_restart_the_gap_is_left_also_when_the_first_number_was_not_used() {
        String job = submit("ann", 0);
        restart();
        assertThatThrownBy(() -> service.retry(job, null).join()).hasMessageContaining("only a job that ended");
        List<JobEvent> heard = new ArrayList<>();
        follow(job, 1, heard);
        service.cancel(job).join();
        assertThat(heard).hasSize(1);
        assertThat(numbers(heard).getFirst()).isGreaterThan(1_000_000L);
    }

    @Test
    void many_submissions_are_stored_in_few_commits_and_listed_at_once() {
        long before = database.commits();
        List<CompletableFuture<JobService.Submission>> accepted = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < 20_000; i++) {
            accepted.add(service.submit(request("owner" + i % 10, 0, "key" + i, "{}")));
        }
        accepted.forEach(CompletableFuture::join);
        Duration submitting = Duration.ofNanos(System.nanoTime() - start);
        assertThat(database.commits() - before).isLessThan(2_000);
        assertThat(submitting).isLessThan(Duration.ofSeconds(20)); // a tenth of the goal, for a busy machine

        JobPage page = service.list(new JobFilter(null, JobState.QUEUED, null, 100));
        start = System.nanoTime();
        page = service.list(new JobFilter("owner3", JobState.QUEUED, page.next(), 100));
        Duration listing = Duration.ofNanos(System.nanoTime() - start);
        assertThat(page.jobs()).hasSize(100);
        assertThat(listing).isLessThan(Duration.ofMillis(200));
    }

    @Test
    void a_stored_workflow_shows_both_sides_of_a_conflict() {
        WorkflowLibrary library = new WorkflowLibrary(database, clock);
        assertThat(library.save("w", "r1", "One", "{}", null).join().isConflict()).isFalse();
        assertThat(library.save("w", "r2", "Two", "{}", "r1").join().isConflict()).isFalse();
        WorkflowLibrary.Saved late = library.save("w", "r3", "Three", "{}", "r1").join();
        assertThat(late.isConflict()).isTrue();
        assertThat(late.latest()).isEqualTo(library.find("w", null).orElseThrow());
        assertThat(library.list()).extracting(WorkflowLibrary.Entry::revision).containsExactly("r2");
    }

    @Test
    void a_worker_that_waits_hears_of_every_job_that_comes() {
        FakeWorker worker = new FakeWorker("w", 1);
        for (int i = 0; i < 200; i++) {
            worker.send(new ToServer.Claim(1));
            var _ = service.submit(request("ann", 0, null, "{}"));
            worker.finish(worker.next(ToWorker.Assign.class).holding());
        }
        assertThat(service.counts()).containsExactly(Map.entry("succeeded", 200L));
    }

    @Test
    void a_follower_takes_what_it_missed_in_pages_and_loses_nothing_of_what_happens_meanwhile() throws Exception {
        String job = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        Holding holding = worker.claim().holding();
        start(worker, holding, "early", 3000);
        worker.end(holding, "a"); // all before it are stored by now
        List<JobEvent> heard = new ArrayList<>();
        Subscription following = service.subscribe(job, 0, heard::add);
        assertThat(following.next()).isTrue();
        int page = heard.size();
        assertThat(page).isBetween(1, 1000);
        start(worker, holding, "between", 100);
        assertThat(heard).as("nothing comes before it is asked for").hasSize(page);

        Thread busy = Thread.ofPlatform().start(() -> start(worker, holding, "late", 2000));
        while (following.next()) {
            assertThat(heard.size() - page).isBetween(1, 1000);
            page = heard.size();
        }
        busy.join();
        worker.finish(holding);
        long last = service.lastSequence(job);
        assertThat(last).isGreaterThan(5000);
        assertThat(numbers(heard)).isEqualTo(LongStream.rangeClosed(1, last).boxed().toList());
    }

    private static void start(FakeWorker worker, Holding holding, String prefix, int count) {
        for (int i = 0; i < count; i++) {
            worker.send(new ToServer.NodeStarted(holding, prefix + i));
        }
    }

    @Test
    void a_wait_for_a_job_that_is_tried_again_does_not_end_with_its_first_end() throws Exception {
        String job = submit("ann", 0);
        FakeWorker worker = new FakeWorker("w", 1);
        worker.finish(worker.claim().holding());
        service.retry(job, "a").join();
        Holding again = worker.claim().holding();
        CompletableFuture<Job> awaited = new CompletableFuture<>();
        Thread.ofVirtual()
                .start(() -> {
                    try {
                        awaited.complete(service.await(job, Duration.ofSeconds(20)));
                    } catch (InterruptedException e) {
                        awaited.completeExceptionally(e);
                    }
                });
        assertThatThrownBy(() -> awaited.get(300, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        worker.finish(again);
        assertThat(awaited.get(20, TimeUnit.SECONDS).state()).isEqualTo(JobState.SUCCEEDED);
    }

    @Test
    void a_worker_whose_secret_is_accepted_no_more_is_dismissed_and_its_jobs_return_without_a_strike() {
        String job = submit("ann", 0);
        FakeWorker revoked = new FakeWorker("revoked", 2);
        Holding holding = revoked.claim().holding();
        revoked.send(new ToServer.NodeStarted(holding, "a"));
        service.dismissWorkers();
        assertThat(revoked.closed).isEmpty();

        accepted.remove("secret");
        service.dismissWorkers();
        assertThat(revoked.closed).contains("revoked");
        revoked.send(new ToServer.Claim(2));
        revoked.send(new ToServer.Finished(holding, 9, new Outcome(Outcome.Status.FAILED, "{}", "[]")));
        assertThat(service.workers()).isEmpty();
        assertThat(new FakeWorker("revoked", 2).closed).contains("not accepted");

        accepted.add("secret");
        assertThat(strikes(job, "a")).isZero();
    }

    @Test
    void a_job_that_returns_from_a_worker_with_earlier_plugins_goes_to_one_with_those_of_now() {
        String job = submit("ann", 0);
        Holding holding = new FakeWorker("earlier", 1).claim().holding();
        service.start(
                new JobPlans() {
                    @Override
                    public Set<String> installed() {
                        return Set.of("changed");
                    }

                    @Override
                    public JobPlan plan(JobRow.Texts texts) {
                        return new JobPlan(texts.workflow().replace("\"c\"", "\"renewed\""), installed());
                    }
                });
        FakeWorker newer = new FakeWorker("newer", List.of("changed"), 1);
        newer.send(new ToServer.Claim(1));
        assertThat(service.find(job).orElseThrow().state()).isEqualTo(JobState.RUNNING);

        service.workerEnded("earlier", true);

        ToWorker.Assign assign = newer.next(ToWorker.Assign.class);
        assertThat(assign.holding()).isEqualTo(new Holding(job, holding.epoch() + 1));
        assertThat(assign.workflow()).isEqualTo(WORKFLOW.replace("\"c\"", "\"renewed\""));
    }

    private Subscription follow(String job, long since, List<JobEvent> heard) {
        Subscription subscription = service.subscribe(job, since, heard::add);
        while (subscription.next()) {
            // page by page
        }
        return subscription;
    }

    private static List<Long> numbers(List<JobEvent> events) {
        return events.stream()
                .filter(JobEvent.Stored.class::isInstance)
                .map(event -> ((JobEvent.Stored) event).sequence())
                .toList();
    }

    private String submit(String owner, int priority) {
        return service.submit(request(owner, priority, null, "{}")).join().job().id();
    }

    private static JobRequest request(String owner, int priority, String key, String inputs) {
        return new JobRequest(
                owner,
                "name",
                WORKFLOW,
                inputs,
                List.of(),
                "{}",
                priority,
                Set.of("plugin"),
                Set.of(),
                key == null ? null : new IdempotencyKey(key, inputs),
                null);
    }

    private static JobRequest withWebhook(String url) {
        return new JobRequest("ann", "", WORKFLOW, "{}", List.of(), "{}", 0, Set.of("plugin"), Set.of(), null, url);
    }

    private static final class FakeClock implements JobClock {
        private long nanoseconds;
        private long milliseconds = 1_700_000_000_000L;

        void pass(Duration time) {
            nanoseconds += time.toNanos();
            milliseconds += time.toMillis();
        }

        @Override
        public long nanoseconds() {
            return nanoseconds;
        }

        @Override
        public long milliseconds() {
            return milliseconds;
        }
    }

    /// A worker that does what the test says, by calls on the server's end of the link.
    private final class FakeWorker implements WorkerLink<ToWorker> {
        private final BlockingQueue<ToWorker> messages = new LinkedBlockingQueue<>();
        private final String name;
        private final WorkerLink.Receiver<ToServer> server;
        private long records;
        private String closed = "";
        private BiConsumer<ToWorker, String> undeliverable;

        private FakeWorker(String name, int slots, Holding... holding) {
            this(name, List.of("plugin"), slots, holding);
        }

        private FakeWorker(String name, List<String> plugins, int slots, Holding... holding) {
            this.name = name;
            this.server = service.connect(this, accepted::contains);
            server.received(new ToServer.Hello(name, "secret", plugins, slots, List.of(holding), List.of()));
        }

        private void send(ToServer message) {
            server.received(message);
        }

        /// A heartbeat with one call into a device.
        private void call(Holding caller, String node, Duration age, List<Holding> holding) {
            send(new ToServer.Heartbeat(holding, List.of(new ToServer.DeviceCall(caller, node, age)), List.of()));
        }

        private ToWorker.Assign claim() {
            send(new ToServer.Claim(1));
            return next(ToWorker.Assign.class);
        }

        private void end(Holding holding, String node) {
            send(
                    new ToServer.NodeEnded(
                            holding,
                            ++records,
                            new NodeReport(
                                    node,
                                    "t/t",
                                    NodeReport.Status.SUCCEEDED,
                                    1,
                                    1,
                                    0,
                                    "",
                                    null,
                                    new LinkedHashMap<>(),
                                    new LinkedHashMap<>(),
                                    null)));
            assertThat(next(ToWorker.Ack.class).id()).isEqualTo(records);
        }

        private void finish(Holding holding) {
            send(new ToServer.Finished(holding, ++records, new Outcome(Outcome.Status.SUCCEEDED, "{}", null)));
            assertThat(next(ToWorker.Ack.class).id()).isEqualTo(records);
        }

        /// The next message of this kind; others before it are passed over.
        private <M extends ToWorker> M next(Class<M> kind) {
            try {
                while (true) {
                    ToWorker message = messages.poll(5, TimeUnit.SECONDS);
                    assertThat(message).as("a %s", kind.getSimpleName()).isNotNull();
                    if (kind.isInstance(message)) {
                        return kind.cast(message);
                    }
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public void send(ToWorker message) {
            messages.add(message);
        }

        @Override
        public void ifUndeliverable(BiConsumer<ToWorker, String> listener) {
            undeliverable = listener;
        }

        @Override
        public void close(String reason) {
            closed = reason;
            server.closed(reason);
        }
    }
}
