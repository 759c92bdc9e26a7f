// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Which part of a machine is free, on machines of which only `/proc/stat` is there.
class FreeCoresTest {
    private static final long SECOND = 1_000_000_000;

    @TempDir private Path folder;
    private long time;
    private long own;

    private FreeCores on(int cores, int most) throws IOException {
        write(cores, 0, 0);
        return new FreeCores(most, folder.resolve("stat"), () -> time, () -> own);
    }

    /// @param ticks of work since the machine started, a hundred in a second and core
    private void write(int cores, long ticks, long nice) throws IOException {
        StringBuilder text = new StringBuilder("cpu  " + ticks + " " + nice + " 0 9000 5 0 0 0 0 0\n");
        for (int i = 0; i < cores; i++) {
            text.append("cpu").append(i).append(" 1 0 0 1 0 0 0 0 0 0\n");
        }
        Files.writeString(folder.resolve("stat"), text.append("intr 1 2 3\n"));
    }

    private void later(int cores, long ticks, long nice) throws IOException {
        time += SECOND;
        write(cores, ticks, nice);
    }

    @Test
    void all_cores_are_free_while_this_process_alone_keeps_them_busy() throws IOException {
        FreeCores free = on(4, 4);
        own = 4 * SECOND;
        later(4, 400, 0);

        assertThat(free.now()).isEqualTo(4);
    }

    @Test
    void a_core_that_another_process_keeps_busy_is_not_free_until_that_process_ends() throws IOException {
        FreeCores free = on(4, 4);
        own = 3 * SECOND;
        later(4, 400, 0);
        assertThat(free.now()).isEqualTo(3);

        own = 6 * SECOND;
        later(4, 700, 0);
        assertThat(free.now()).isEqualTo(4);
    }

    @Test
    void one_core_is_always_left() throws IOException {
        FreeCores free = on(2, 2);
        later(2, 200, 0);

        assertThat(free.now()).isEqualTo(1);
    }

    @Test
    void processes_that_yield_take_no_core_away() throws IOException {
        FreeCores free = on(2, 2);
        later(2, 0, 200);

        assertThat(free.now()).isEqualTo(2);
    }

    @Test
    void a_container_of_four_cores_has_them_as_long_as_the_machine_has_four() throws IOException {
        FreeCores free = on(64, 4);
        later(64, 3_000, 0);
        assertThat(free.now()).isEqualTo(4);

        later(64, 9_200, 0);
        assertThat(free.now()).isEqualTo(2);
    }

    @Test
    void the_machine_is_looked_at_once_a_second() throws IOException {
        FreeCores free = on(2, 2);
        write(2, 200, 0);
        time += SECOND - 1;
        assertThat(free.now()).isEqualTo(2);

        time += 1;
        assertThat(free.now()).isEqualTo(1);
    }

    @Test
    void all_cores_seem_free_where_the_machine_does_not_say() {
        FreeCores free = new FreeCores(2, folder.resolve("nothing"), () -> time, () -> own);
        time = 5 * SECOND;

        assertThat(free.now()).isEqualTo(2);
    }
}
