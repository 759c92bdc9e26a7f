// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.value.Tensor;
import dev.diptych.engine.model.Architectures;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

class UploadsTest {
    private static final int SIDE = 100; // 40 000 bytes

    private final Devices devices = new Devices(new Architectures(List.of()), DeviceSettings.usual().withThreads(1));
    private final MemoryBudget budget = new MemoryBudget(1 << 30);

    @AfterEach
    void close() {
        devices.close();
    }

    private static Tensor tensor(long seed) {
        return DevicesTest.random(seed, 1, SIDE, SIDE);
    }

    /// On a device's thread.
    private void with(long most, Scenario scenario) {
        devices.all()
                .getFirst()
                .call(
                        (Callable<Boolean>)
                                () -> {
                                    try (NativeMemory memory = new NativeMemory()) {
                                        Uploads uploads = new Uploads(Libtorch.get(), memory, budget, "cpu", most);
                                        scenario.run(uploads);
                                        uploads.close();
                                    }
                                    return true;
                                });
        assertThat(budget.use().inputs()).isZero();
    }

    private interface Scenario {
        void run(Uploads uploads);
    }

    private static Tensor content(Uploads.Upload upload) {
        TensorFunctions.View view = Libtorch.get().view(upload.tensor());
        return TensorFunctions.copy(view, 0, (int) view.shape()[0], SIDE, SIDE);
    }

    @Test
    void the_same_tensor_is_copied_once() {
        Tensor prompt = tensor(1);
        with(
                1 << 20,
                uploads -> {
                    Uploads.Habit habit = new Uploads.Habit();
                    for (int i = 0; i < 5; i++) {
                        uploads.beginCall();
                        try (Uploads.Upload upload = uploads.put(List.of(prompt), habit)) {
                            assertThat(content(upload)).isEqualTo(prompt);
                        }
                    }
                    assertThat(uploads.hits()).isEqualTo(4);
                });
    }

    @Test
    void a_batch_of_the_same_tensors_is_put_together_once() {
        List<Tensor> prompts = List.of(tensor(1), tensor(2), tensor(3));
        with(
                1 << 20,
                uploads -> {
                    Uploads.Habit habit = new Uploads.Habit();
                    for (int i = 0; i < 3; i++) {
                        uploads.beginCall();
                        try (Uploads.Upload upload = uploads.put(prompts, habit)) {
                            assertThat(content(upload)).isEqualTo(Rows.joined(prompts));
                        }
                    }
                    List<Tensor> fewer = List.of(prompts.get(2), prompts.get(0));
                    uploads.beginCall();
                    try (Uploads.Upload upload = uploads.put(fewer, habit)) {
                        assertThat(content(upload)).isEqualTo(Rows.joined(fewer));
                    }
                    assertThat(uploads.hits()).isEqualTo(2);
                });
    }

    @Test
    void what_never_comes_back_is_not_kept() {
        with(
                1 << 24,
                uploads -> {
                    Uploads.Habit habit = new Uploads.Habit();
                    List<Tensor> alive = new ArrayList<>();
                    for (int i = 0; i < 20; i++) {
                        alive.add(tensor(i));
                        uploads.beginCall();
                        uploads.put(List.of(alive.getLast()), habit).close();
                    }
                    assertThat(budget.use().inputs()).isLessThanOrEqualTo(4 * 40_000);
                });
    }

    @Test
    void what_was_not_used_for_longest_goes_first_and_never_what_this_call_uses() {
        List<Tensor> prompts = List.of(tensor(1), tensor(2), tensor(3));
        with(
                100_000,
                uploads -> {
                    Uploads.Habit[] habits = {new Uploads.Habit(), new Uploads.Habit(), new Uploads.Habit()};
                    uploads.beginCall();
                    List<Uploads.Upload> sent = new ArrayList<>();
                    for (int i = 0; i < 3; i++) {
                        sent.add(uploads.put(List.of(prompts.get(i)), habits[i]));
                    }
                    for (int i = 0; i < 3; i++) {
                        assertThat(content(sent.get(i))).isEqualTo(prompts.get(i));
                    }
                    sent.forEach(Uploads.Upload::close);
                    assertThat(budget.use().inputs()).isEqualTo(2 * 40_000);

                    uploads.beginCall();
                    uploads.put(List.of(prompts.get(2)), habits[2]).close();
                    uploads.beginCall();
                    uploads.put(List.of(prompts.get(1)), habits[1]).close();
                    assertThat(uploads.hits()).isOne();
                });
    }
}
