// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

class NodePoolTest {
    private final NodePool pool = new NodePool(2);
    private final CountDownLatch go = new CountDownLatch(1);
    private final AtomicInteger begun = new AtomicInteger();

    @AfterEach
    void close() {
        pool.close();
    }

    private void execute(Runnable task) {
        pool.execute(List.of(task));
    }

    private void awaitBegun(int count) throws InterruptedException {
        for (int i = 0; i < 500 && begun.get() < count; i++) {
            Thread.sleep(10);
        }
        assertThat(begun).hasValue(count);
    }

    private void waits() {
        begun.incrementAndGet();
        try {
            go.await();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void waitsAway() {
        begun.incrementAndGet();
        try {
            pool.away(() -> go.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void as_many_nodes_compute_as_there_are_places() throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            execute(this::waits);
        }
        awaitBegun(2);
        Thread.sleep(50);

        assertThat(begun).hasValue(2);
        go.countDown();
        awaitBegun(5);
    }

    @Test
    void a_task_that_gives_others_as_it_ends_takes_one_of_them_itself() throws InterruptedException {
        List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch both = new CountDownLatch(2);
        Runnable noted =
                () -> {
                    threads.add(Thread.currentThread());
                    both.countDown();
                    waits();
                };
        execute(() -> {
            threads.add(Thread.currentThread());
            pool.execute(List.of(noted, noted));
        });

        assertThat(both.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(threads).hasSize(3);
        assertThat(new HashSet<>(threads)).hasSize(2);
        assertThat(threads.subList(1, 3)).contains(threads.getFirst());
        go.countDown();
    }

    @Test
    void a_node_that_waits_for_a_device_gives_its_place_to_another() throws InterruptedException {
        for (int i = 0; i < 20; i++) {
            execute(this::waitsAway);
        }

        awaitBegun(20);
        go.countDown();
    }

    @Test
    void a_node_that_has_waited_goes_on_although_all_places_are_taken() throws InterruptedException {
        CountDownLatch back = new CountDownLatch(1);
        execute(() -> {
            waitsAway();
            back.countDown();
        });
        awaitBegun(1);
        CountDownLatch never = new CountDownLatch(1);
        for (int i = 0; i < 2; i++) {
            execute(() -> {
                begun.incrementAndGet();
                try {
                    never.await();
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        awaitBegun(3);

        go.countDown();

        assertThat(back.await(5, TimeUnit.SECONDS)).isTrue();
        never.countDown();
    }

    @Test
    void at_most_256_nodes_are_in_flight() throws InterruptedException {
        for (int i = 0; i < 300; i++) {
            execute(this::waitsAway);
        }
        awaitBegun(256);
        Thread.sleep(50);

        assertThat(begun).hasValue(256);
        go.countDown();
        awaitBegun(300);
    }

    @Test
    void a_thread_of_a_nodes_own_waits_without_giving_up_the_nodes_place() throws Exception {
        execute(() -> {
            Thread own = Thread.ofPlatform().start(this::waitsAway);
            waits();
            own.interrupt();
        });
        execute(this::waits);
        awaitBegun(3);
        execute(this::waits);
        Thread.sleep(50);

        assertThat(begun).hasValue(3);
        go.countDown();
    }

    @Test
    void a_task_that_throws_leaves_its_place() throws InterruptedException {
        for (int i = 0; i < 4; i++) {
            execute(() -> {
                begun.incrementAndGet();
                throw new IllegalStateException("as the test wants");
            });
        }
        execute(this::waits);

        awaitBegun(5);
        go.countDown();
    }
}
