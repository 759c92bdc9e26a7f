// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.inversion;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;
import dev.diptych.plugin.diffusion.schedule.PredictionType;
import dev.diptych.plugin.diffusion.solver.Evaluation;
import dev.diptych.plugin.diffusion.solver.NetworkOutput;
import dev.diptych.plugin.diffusion.solver.NoiseSource;
import dev.diptych.plugin.diffusion.solver.Solver;
import dev.diptych.plugin.diffusion.solver.StepResult;

import java.util.ArrayList;
import java.util.List;

/// Deterministic steps along a [DdimPath], either way.
final class TransitionSolver implements Solver {
    /// @param timestep what the network is told
    /// @param level    ᾱ that x is taken to have
    record Turn(double timestep, double level, Transition transition) {}

    private final PredictionType prediction;
    private final List<Turn> turns;

    TransitionSolver(PredictionType prediction, List<Turn> turns) {
        this.prediction = prediction;
        this.turns = List.copyOf(turns);
    }

    @Override
    public List<Evaluation> evaluations() {
        List<Evaluation> evaluations = new ArrayList<>();
        for (int i = 0; i < turns.size(); i++) {
            evaluations.add(new Evaluation(i, turns.get(i).timestep()));
        }
        return List.copyOf(evaluations);
    }

    @Override
    public StepResult step(Tensor x, Tensor output, Evaluation at, NoiseSource noise) {
        Turn turn = turns.get(at.index());
        Tensor predicted = NetworkOutput.of(x, output).prediction();
        Tensor denoised =
                prediction.denoised(x, predicted, Math.sqrt(turn.level()), Math.sqrt(1 - turn.level()));
        return new StepResult(turn.transition().of(x, predicted), denoised);
    }

    @Override
    public Tensor noised(Tensor clean, Tensor noise, Evaluation at) {
        double level = turns.get(at.index()).level();
        return TensorMath.linear(Math.sqrt(level), clean, Math.sqrt(1 - level), noise);
    }
}
