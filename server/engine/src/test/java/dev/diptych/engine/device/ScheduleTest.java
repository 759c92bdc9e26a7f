// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

@Timeout(20)
class ScheduleTest {
    private final Schedule schedule = new Schedule(_ -> 1, Duration.ofMillis(20));

    /// What the device's thread is told until the end.
    private CompletableFuture<List<String>> told() {
        CompletableFuture<List<String>> told = new CompletableFuture<>();
        Thread.ofPlatform()
                .start(() -> {
                    List<String> all = new ArrayList<>();
                    try {
                        Schedule.Work work;
                        do {
                            work = schedule.take();
                            all.add(work.getClass().getSimpleName());
                            if (work instanceof Schedule.Work.Task(Runnable task)) {
                                task.run();
                            }
                        } while (!(work instanceof Schedule.Work.End));
                        told.complete(all);
                    } catch (InterruptedException e) {
                        told.completeExceptionally(e);
                    }
                });
        return told;
    }

    @Test
    void a_rest_is_told_once_until_there_is_work_again() throws Exception {
        CompletableFuture<List<String>> told = told();
        Thread.sleep(300);
        schedule.run(() -> "done").get();
        Thread.sleep(300);
        schedule.close();

        assertThat(told.get()).containsExactly("Rest", "Task", "Rest", "End");
    }

    @Test
    void between_tasks_that_follow_each_other_there_is_no_rest() throws Exception {
        Schedule patient = new Schedule(_ -> 1, Duration.ofMinutes(1));
        for (int i = 0; i < 3; i++) {
            patient.run(() -> "done");
        }
        patient.close();

        for (int i = 0; i < 3; i++) {
            assertThat(patient.take()).isInstanceOf(Schedule.Work.Task.class);
        }
        assertThat(patient.take()).isInstanceOf(Schedule.Work.End.class);
    }
}
