// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.diffusion.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.diptych.api.value.Tensor;
import dev.diptych.plugin.diffusion.arithmetic.TensorMath;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

class FormulaTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    0.6*sin(2*x + t/150) + 0.25*x | 0.2096720
                    -x**2 + 3                     | 2.75
                    2^-1 - 1e-1*x                 | 0.45
                    (x - 1)*(x + 1)/2             | -0.375
                    tanh(x) - exp(-t/300)         | 0.0942377
                    1 - 2 - 3                     | -4
                    12/2/3                        | 2
                    -2*-x                         | 1
                    max(x, 0) + min(t, 2)         | 2.5
                    torch.cos(math.pi*x)          | 0
                    sqrt(abs(x - 1))*1.5E0        | 1.0606602
                    """)
    void evaluates(String text, double expected) {
        Formula.Parsed parsed = Formula.parse(text, Map.of());

        assertThat(parsed.rest()).isEmpty();
        assertThat(parsed.formula().at(0.5, 300)).isCloseTo(expected, within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "sin x", "2*", "foo(x)", "y + 1", "(x", "1..2", "sin(x, x)"})
    void refuses_what_it_does_not_understand(String text) {
        assertThatThrownBy(() -> Formula.parse(text, Map.of())).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void a_field_may_speak_of_itself_and_be_followed_by_remarks() {
        AnalyticField field =
                AnalyticField.parse(
                        "out(x, t) = 2*x + t  (t: the original timestep); variance channels: 0.5*out(x, t + 7), concatenated after it");
        Tensor output = field.at(TensorMath.filled(1, 1, 1, 1, 1), 10);

        assertThat(output.shape()).containsExactly(1, 2, 1, 1);
        assertThat(output.floats()).containsExactly(12, 9.5f);
    }

    @ParameterizedTest
    @ValueSource(strings = {"x + 1", "out(x, t) = x; more", "out(x, t) = x y", "variance channels: x"})
    void refuses_a_field_it_does_not_understand(String text) {
        assertThatThrownBy(() -> AnalyticField.parse(text)).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void reads_configurations_as_python_writes_them() {
        Map<String, ?> json =
                JsonText.object(
                        " {\"a\": -Infinity, \"b\": [1, 2.5, null, true], \"c\": {\"d\": \"x\\u0041\\n\"}, \"e\": 1e-05} ");

        assertThat(json.get("a")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat((List<?>) json.get("b")).hasSize(4).first().isEqualTo(1L);
        assertThat(json.get("c")).isEqualTo(Map.of("d", "xA\n"));
        assertThat(json.get("e")).isEqualTo(1e-5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "{\"a\"}", "{\"a\": }", "{\"a\": 1", "{\"a\": tru}", "{} x", "{\"a\": \"b"})
    void refuses_what_is_no_json(String text) {
        assertThatThrownBy(() -> JsonText.object(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
