// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.engine.device.batching.Simulation.Loop;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

import java.util.List;

class BatchQueueProperties {
    @Provide
    Arbitrary<List<Loop>> loops() {
        return Combinators.combine(
                        Arbitraries.of("a", "b", "c"),
                        Arbitraries.of("ann", "bob", "eve"),
                        Arbitraries.integers().between(1, 3),
                        Arbitraries.integers().between(1, 40),
                        Arbitraries.integers().between(0, 9),
                        Arbitraries.longs().between(0, 200_000_000))
                .as((lane, owner, rows, steps, kind, start) ->
                        new Loop(lane, owner, rows, steps, kind < 3, kind == 9, start))
                .list()
                .ofMinSize(1)
                .ofMaxSize(20);
    }

    @Property(tries = 100)
    void loses_no_call_and_joins_only_what_may_be_joined(
            @ForAll("loops") List<Loop> loops,
            @ForAll @IntRange(min = 0, max = 20) int fixed,
            @ForAll @IntRange(min = 1, max = 20) int perRow,
            @ForAll @IntRange(min = 1, max = 16) int memoryRows) {
        Simulation simulation = new Simulation(fixed * 500_000L, perRow * 500_000L, memoryRows);
        loops.forEach(simulation::with);

        simulation.run();

        assertThat(loops).allSatisfy(loop -> assertThat(loop.done).isEqualTo(loop.steps));
        assertThat(simulation.queue.waiting()).isZero();
        assertThat(simulation.batches)
                .allSatisfy(batch -> {
                    assertThat(batch.stream().map(Waiting::lane).distinct().count()).isOne();
                    assertThat(batch.stream().distinct().count()).isEqualTo(batch.size());
                    if (batch.size() > 1) {
                        assertThat(batch).noneMatch(Waiting::isAlone);
                        assertThat(batch.stream().mapToInt(Waiting::rows).sum()).isLessThanOrEqualTo(memoryRows);
                    }
                });
    }

    @Property(tries = 100)
    void is_never_idle_for_long_while_calls_wait(
            @ForAll("loops") List<Loop> loops,
            @ForAll @IntRange(min = 0, max = 20) int fixed,
            @ForAll @IntRange(min = 1, max = 20) int perRow) {
        Simulation simulation = new Simulation(fixed * 500_000L, perRow * 500_000L);
        loops.forEach(loop ->
                simulation.with(
                        new Loop(loop.lane, loop.owner, loop.rows, loop.steps, loop.isInteractive, loop.isAlone, 0)));

        simulation.run();

        long thinking = 80_000L * simulation.batches.size();
        assertThat(simulation.now - simulation.busy).isLessThanOrEqualTo(simulation.busy / 20 + thinking);
    }

    @Property(tries = 30)
    void lets_nobody_starve(
            @ForAll @IntRange(min = 0, max = 20) int fixed,
            @ForAll @IntRange(min = 1, max = 20) int perRow,
            @ForAll @IntRange(min = 1, max = 12) int rivals,
            @ForAll boolean areInteractive,
            @ForAll boolean isSameLane) {
        Simulation simulation = new Simulation(fixed * 500_000L, perRow * 500_000L, 8);
        for (int i = 0; i < rivals; i++) {
            simulation.with(new Loop("a", "ann", 1 + i % 2, 1_000_000, areInteractive, false, 0));
        }
        Loop small = new Loop(isSameLane ? "a" : "b", "bob", 1, 3, false, false, 10_000_000);
        simulation.with(small);

        simulation.run(65_000_000_000L);

        assertThat(small.done).isEqualTo(3);
    }
}
