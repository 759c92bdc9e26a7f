// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import static dev.diptych.engine.device.batching.Simulation.MILLISECOND;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.device.batching.Simulation.Loop;

import org.junit.jupiter.api.Test;

import java.util.List;

class BatchQueueTest {
    /// The measured times of the small network of the goals: 2.4 ms + 1.25 ms a row.
    private static Simulation small() {
        return new Simulation(2_400_000, 1_250_000);
    }

    /// Those of the large one, which gains nothing.
    private static Simulation large() {
        return new Simulation(5 * MILLISECOND, 350 * MILLISECOND);
    }

    @Test
    void joins_the_calls_of_all_loops_where_that_is_faster() {
        Simulation simulation = small().bulk(8, 100).run();

        assertThat(8 * 100 * simulation.timeOf(1) / (double) simulation.now).isGreaterThan(2.2);
        assertThat(simulation.batches).anySatisfy(batch -> assertThat(batch).hasSize(8));
    }

    @Test
    void gives_every_loop_its_first_step_within_two_full_batches_where_joining_is_faster() {
        Simulation simulation = small().bulk(8, 30).run();
        long learned = simulation.now;
        for (int i = 0; i < 8; i++) {
            simulation.with(new Loop("u-net", "owner " + i, 1, 30, false, false, learned));
        }
        simulation.run();

        assertThat(simulation.loops.subList(8, 16))
                .allSatisfy(loop -> assertThat(loop.firstDone - learned).isLessThanOrEqualTo(2 * simulation.timeOf(8)));
    }

    @Test
    void runs_one_loop_after_the_other_where_joining_gains_nothing() {
        Simulation simulation = large().bulk(8, 20).run();
        double mean = simulation.loops.stream().mapToLong(loop -> loop.end).average().orElseThrow();
        double firstInFirstOut = 20 * simulation.timeOf(1) * 4.5;

        assertThat(mean).isLessThanOrEqualTo(1.02 * firstInFirstOut);
    }

    @Test
    void compares_again_while_it_joins_what_a_disturbed_moment_made_look_worth_joining() {
        Simulation simulation = new Simulation(18 * MILLISECOND, 350 * MILLISECOND);
        simulation.with(new Loop("u-net", "ann", 2, 4, false, false, 0)).run();
        simulation.isDisturbed = true;
        simulation.with(new Loop("u-net", "ann", 1, 20, false, false, 0)).run();
        simulation.isDisturbed = false;
        int learned = simulation.batches.size();
        simulation.bulk(8, 40).run();

        assertThat(simulation.batches.subList(learned, simulation.batches.size()))
                .filteredOn(batch -> batch.size() > 1)
                .hasSizeBetween(1, 20);
    }

    @Test
    void waits_for_the_loops_of_the_last_batch_but_for_no_others() {
        Simulation simulation = small().bulk(4, 50);
        simulation.with(new Loop("u-net", "ann", 1, 50, false, false, 3 * MILLISECOND));
        simulation.run();
        long full = simulation.batches.stream().filter(batch -> batch.size() == 5).count();

        assertThat(full).isGreaterThan(35);
        assertThat(simulation.now - simulation.busy).isLessThan(simulation.batches.size() * MILLISECOND / 10);
    }

    @Test
    void computes_a_loop_by_itself_without_waiting() {
        Simulation simulation = small().bulk(1, 50).run();

        assertThat(simulation.now - simulation.busy).isLessThan(50 * 60_000);
    }

    @Test
    void never_joins_calls_that_must_be_alone() {
        Simulation simulation = small().bulk(4, 30);
        Loop alone = new Loop("u-net", "bob", 1, 30, false, true, 0);
        simulation.with(alone).with(new Loop("u-net", "bob", 1, 30, false, true, 0)).run();

        assertThat(simulation.batches)
                .allSatisfy(
                        batch -> assertThat(batch.size() == 1 || batch.stream().noneMatch(Waiting::isAlone)).isTrue());
        assertThat(alone.done).isEqualTo(30);
    }

    @Test
    void lets_interactive_calls_go_first_but_bulk_not_starve() {
        Simulation simulation = large();
        Loop bulk = new Loop("u-net", "ann", 1, 10, false, false, 0);
        Loop interactive = new Loop("u-net", "bob", 1, 60, true, false, MILLISECOND);
        simulation.with(bulk).with(interactive).run();

        assertThat(interactive.longestWait).isLessThanOrEqualTo(simulation.timeOf(1) + MILLISECOND);
        assertThat(bulk.longestWait).isLessThanOrEqualTo(6 * simulation.timeOf(1));
    }

    @Test
    void keeps_bulk_rows_from_slowing_interactive_ones_down_by_more_than_twice() {
        Simulation simulation = small().bulk(16, 60);
        simulation.with(new Loop("u-net", "bob", 1, 40, true, false, 60 * MILLISECOND)).run();

        assertThat(simulation.batches.subList(30, simulation.batches.size()))
                .filteredOn(batch -> batch.stream().anyMatch(Waiting::isInteractive))
                .allSatisfy(batch ->
                        assertThat(simulation.timeOf(batch.size())).isLessThanOrEqualTo(2 * simulation.timeOf(1)));
    }

    @Test
    void shares_batches_between_owners_however_many_loops_one_has() {
        Simulation simulation = new Simulation(2_400_000, 1_250_000, 4);
        for (int i = 0; i < 100; i++) {
            simulation.with(new Loop("u-net", "ann", 1, 100, false, false, 0));
        }
        Loop few = new Loop("u-net", "bob", 1, 100, false, false, 0);
        simulation.with(few).run();

        assertThat(few.end).isLessThan(130 * simulation.timeOf(4));
    }

    @Test
    void shares_the_device_between_lanes_by_time() {
        Simulation simulation = small();
        for (int i = 0; i < 20; i++) {
            simulation.with(new Loop("u-net", "ann", 1, 500, false, false, 0));
        }
        Loop other = new Loop("text", "bob", 1, 100, false, false, 0);
        simulation.with(other).run();

        assertThat(other.longestWait).isLessThanOrEqualTo(2 * simulation.timeOf(20));
        assertThat(other.end).isLessThan(simulation.now / 2);
    }

    @Test
    void forgets_a_call_that_is_taken_back() {
        Simulation simulation = small();
        Loop loop = new Loop("u-net", "ann", 1, 1, false, false, 0);
        Simulation.Call call = new Simulation.Call(loop, 0);
        simulation.queue.add(call);

        assertThat(simulation.queue.remove(call)).isTrue();
        assertThat(simulation.queue.remove(call)).isFalse();
        assertThat(simulation.queue.next(1)).isInstanceOf(Decision.Idle.class);
    }

    @Test
    void computes_a_call_with_more_rows_than_memory_allows_by_itself() {
        Simulation simulation = new Simulation(2_400_000, 1_250_000, 2);
        simulation.with(new Loop("u-net", "ann", 3, 2, false, false, 0)).bulk(2, 2).run();

        assertThat(simulation.batches)
                .allSatisfy(batch ->
                        assertThat(batch.size() == 1 || batch.stream().mapToInt(Waiting::rows).sum() <= 2).isTrue());
        assertThat(simulation.loops).allSatisfy(loop -> assertThat(loop.done).isEqualTo(2));
    }

    @Test
    void turns_to_the_next_loop_when_one_never_ends() {
        Simulation simulation = large();
        Loop endless = new Loop("u-net", "ann", 1, 100_000, false, false, 0);
        Loop other = new Loop("u-net", "ann", 1, 3, false, false, MILLISECOND);
        simulation.with(endless).with(other).run(60_000 * MILLISECOND);

        assertThat(other.done).isEqualTo(3);
    }

    @Test
    void does_not_mix_shapes() {
        Simulation simulation = small();
        for (int i = 0; i < 6; i++) {
            simulation.with(new Loop("shape " + i % 2, "ann", 1, 20, false, false, 0));
        }
        simulation.run();

        assertThat(simulation.batches)
                .allSatisfy(batch -> assertThat(batch.stream().map(Waiting::lane).distinct()).hasSize(1));
        assertThat(List.copyOf(simulation.loops)).allSatisfy(loop -> assertThat(loop.done).isEqualTo(20));
    }
}
