// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/// Feeds bytes to the reader of values, as a damaged or foreign cache file would. A build replays the corpus beside the class; `JAZZER_FUZZ=1` looks for more.
final class ValueCodecFuzzTest {
    @FuzzTest(maxDuration = "2m")
    void any_bytes_are_a_value_or_refused(byte[] bytes) {
        Object value;
        try {
            value = ValueCodec.decode(bytes);
        } catch (ValueCodec.MalformedValueException e) {
            return;
        }
        byte[] canonical = ValueCodec.encode(value);
        assertThat(ValueCodec.encode(ValueCodec.decode(canonical))).isEqualTo(canonical);
    }
}
