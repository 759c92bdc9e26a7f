// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.value.Seed;
import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.guidance.Denoiser;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.Solvers;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;

class SamplerTest {
    private static final Map<String, Object> DDIM = Map.of("_class_name", "DDIMScheduler");
    private static final Denoiser SINE = (x, _) -> TensorMath.map(x, Math::sin);

    private final Tensor start = new Seed(1).generator().normal(1, 3, 4, 4);

    /// Counts what it is told, and cancels after some turns.
    private static final class Onlooker implements Watcher {
        private final int cancelAfter;
        private final List<Tensor> shown = new ArrayList<>();
        private int turns;

        Onlooker(int cancelAfter) {
            this.cancelAfter = cancelAfter;
        }

        @Override
        public <T> Iterable<T> each(List<T> elements) {
            Iterator<T> iterator = elements.iterator();
            return () ->
                    new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return iterator.hasNext();
                        }

                        @Override
                        public T next() {
                            if (turns++ == cancelAfter) {
                                throw new CancellationException();
                            }
                            return iterator.next();
                        }
                    };
        }

        @Override
        public void show(Tensor denoised) {
            shown.add(denoised);
        }
    }

    @Test
    void shows_the_picture_in_mind_at_every_step() {
        Onlooker onlooker = new Onlooker(100);

        Tensor result = Sampler.of(Solvers.of(DDIM, 7), SINE).watched(onlooker).run(start);

        assertThat(onlooker.shown).hasSize(7);
        assertThat(onlooker.shown.getLast()).isEqualTo(result);
        assertThat(TensorMath.largest(result)).isLessThanOrEqualTo(1);
    }

    @Test
    void ends_within_a_step_when_cancelled() {
        Onlooker onlooker = new Onlooker(3);
        List<Double> asked = new ArrayList<>();
        Denoiser counting =
                (x, timestep) -> {
                    asked.add(timestep);
                    return x;
                };

        assertThatThrownBy(() -> Sampler.of(Solvers.of(DDIM, 7), counting).watched(onlooker).run(start))
                .isInstanceOf(CancellationException.class);
        assertThat(asked).hasSize(3);
    }

    @Test
    void begins_where_it_is_told() {
        Solver solver = Solvers.of(DDIM, 10);
        List<Double> asked = new ArrayList<>();
        Denoiser counting =
                (x, timestep) -> {
                    asked.add(timestep);
                    return x;
                };

        Sampler.of(solver, counting).from(solver.startIndex(0.3)).run(start);

        assertThat(asked).containsExactly(200.0, 100.0, 0.0);
    }

    @Test
    void of_no_steps_gives_its_start() {
        Solver solver = Solvers.of(DDIM, 10);

        assertThat(Sampler.of(solver, SINE).from(solver.startIndex(0)).run(start)).isSameAs(start);
    }

    @Test
    void goes_on_with_what_the_hook_gives() {
        Tensor known = TensorMath.filled(0.25, start.shape());

        Tensor result =
                Sampler.of(Solvers.of(DDIM, 5), SINE)
                        .after((step, at) -> at.index() == 4 ? known : step.sample())
                        .run(start);

        assertThat(result).isSameAs(known);
    }

    @Test
    void says_at_which_step_numbers_became_undefined() {
        Denoiser broken = (x, timestep) -> timestep < 500 ? TensorMath.filled(Double.NaN, x.shape()) : x;

        assertThatThrownBy(() -> Sampler.of(Solvers.of(DDIM, 10), broken).run(start))
                .isInstanceOf(NodeException.class)
                .hasMessageContaining("Step 6 of 10, at timestep 400.0");
    }
}
