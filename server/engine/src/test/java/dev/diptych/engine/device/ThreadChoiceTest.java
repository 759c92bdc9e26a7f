// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToDoubleFunction;

class ThreadChoiceTest {
    private static final int LEARNT = 100;

    private final ThreadChoice choice = new ThreadChoice(4);

    /// With how many threads each of some batches is computed, if four cores are free.
    ///
    /// @param milliseconds that a batch takes with a number of threads
    private List<Integer> threads(int batches, int rows, IntToDoubleFunction milliseconds) {
        List<Integer> used = new ArrayList<>();
        for (int i = 0; i < batches; i++) {
            int threads = choice.threads(rows, 4);
            used.add(threads);
            choice.took(rows, threads, (long) (milliseconds.applyAsDouble(threads) * 1e6));
        }
        return used;
    }

    private int chosen(int rows, IntToDoubleFunction milliseconds) {
        threads(LEARNT, rows, milliseconds);
        List<Integer> used = threads(LEARNT, rows, milliseconds);
        return used.stream().max((a, b) -> Long.compare(count(used, a), count(used, b))).orElseThrow();
    }

    private static long count(List<Integer> used, int threads) {
        return used.stream().filter(u -> u == threads).count();
    }

    @Test
    void batches_that_more_threads_make_little_faster_get_one() {
        assertThat(chosen(1, threads -> 2 + 0.4 / threads)).isOne();
    }

    @Test
    void batches_that_more_threads_make_faster_get_all() {
        assertThat(chosen(1, threads -> 8.0 / threads)).isEqualTo(4);
    }

    @Test
    void where_two_threads_pay_and_four_do_not_there_are_two() {
        assertThat(chosen(1, threads -> threads == 1 ? 8 : 4)).isEqualTo(2);
    }

    @Test
    void disturbance_that_several_threads_suffer_counts() {
        int[] batch = {0};
        assertThat(chosen(1, threads -> threads > 1 && batch[0]++ % 3 == 0 ? 20 : 4.0 / threads)).isOne();
    }

    @Test
    void long_batches_are_never_tried_with_fewer() {
        assertThat(threads(LEARNT, 8, threads -> 90)).containsOnly(4);
    }

    @Test
    void each_number_of_rows_is_learnt_by_itself() {
        assertThat(chosen(1, threads -> 2)).isOne();
        assertThat(chosen(8, threads -> 8.0 / threads)).isEqualTo(4);
        assertThat(chosen(1, threads -> 2)).isOne();
    }

    @Test
    void trials_become_rare_and_never_end() {
        threads(500, 1, threads -> 8.0 / threads);
        List<Integer> later = threads(4000, 1, threads -> 8.0 / threads);
        assertThat(count(later, 2)).isBetween(1L, 60L);
        assertThat(count(later, 4)).isEqualTo(4000 - count(later, 2));
    }

    @Test
    void what_was_learnt_is_learnt_anew_when_it_is_not_true_any_more() {
        assertThat(chosen(1, threads -> 2)).isOne();
        threads(5000, 1, threads -> 8.0 / threads);
        assertThat(chosen(1, threads -> 8.0 / threads)).isEqualTo(4);
    }

    @Test
    void no_more_threads_than_cores_are_free_and_their_time_is_not_taken_for_that_of_all() {
        for (int i = 0; i < LEARNT; i++) {
            assertThat(choice.threads(1, 2)).isEqualTo(2);
            choice.took(1, 2, 1_000_000);
        }
        assertThat(choice.threads(1, 4)).isEqualTo(4);
        assertThat(chosen(1, threads -> 8.0 / threads)).isEqualTo(4);
    }

    @Test
    void a_device_with_one_thread_has_no_choice() {
        ThreadChoice none = new ThreadChoice(1);
        for (int i = 0; i < LEARNT; i++) {
            assertThat(none.threads(1, 1)).isOne();
            none.took(1, 1, 1_000_000);
        }
    }
}
