// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import static org.assertj.core.api.Assertions.assertThat;

import dev.diptych.api.network.FunctionScope;
import dev.diptych.api.network.Module;
import dev.diptych.api.network.Network;
import dev.diptych.api.network.NetworkFunction;
import dev.diptych.engine.device.torchscript.NumberFormat;

import org.junit.jupiter.api.Test;

import java.util.Map;
import java.util.function.Consumer;

class ActivationPeakTest {
    private static final class Empty extends Module {}

    private static NetworkFunction function(Consumer<FunctionScope> body) {
        return Network.of(new Empty()).function("f", (_, f) -> body.accept(f)).network().function("f");
    }

    private static long peak(NetworkFunction function, NumberFormat format, long rows) {
        return ActivationPeak.of(function, format, Map.of("batch", rows));
    }

    @Test
    void a_result_lives_until_its_last_use() {
        NetworkFunction function =
                function(f -> {
                    var x = f.input("x", f.batch(), 100);
                    var y = x.plus(1).plus(1).plus(1).plus(1); // two at a time
                    f.output("y", y);
                });

        assertThat(peak(function, NumberFormat.FLOAT32, 1)).isEqualTo(2 * 400 + 2 * 400);
        assertThat(peak(function, NumberFormat.FLOAT32, 10)).isEqualTo(10 * (2 * 400 + 2 * 400));
        assertThat(peak(function, NumberFormat.BFLOAT16, 1)).isEqualTo(2 * 200 + 2 * 200);
    }

    @Test
    void what_is_used_later_stays_meanwhile() {
        NetworkFunction function =
                function(f -> {
                    var x = f.input("x", f.batch(), 100);
                    var early = x.plus(1);
                    var y = early.plus(1).plus(1).plus(1);
                    f.output("y", y.plus(early));
                });

        assertThat(peak(function, NumberFormat.FLOAT32, 1)).isEqualTo(2 * 400 + 3 * 400);
    }

    @Test
    void a_view_keeps_what_it_looks_at_and_takes_nothing_itself() {
        NetworkFunction function =
                function(f -> {
                    var x = f.input("x", f.batch(), 100);
                    var view = x.plus(1).unsqueeze(1);
                    f.output("y", view.plus(1).plus(view));
                });

        assertThat(peak(function, NumberFormat.FLOAT32, 1)).isEqualTo(2 * 400 + 3 * 400);
    }

    @Test
    void a_loop_takes_what_one_turn_takes() {
        NetworkFunction function =
                function(f -> {
                    var x = f.input("x", f.batch(), 100);
                    f.output("y", f.loop(1000, x, each -> each.plus(1).times(2)));
                });

        assertThat(peak(function, NumberFormat.FLOAT32, 1)).isLessThanOrEqualTo(2 * 400 + 4 * 400);
    }
}
