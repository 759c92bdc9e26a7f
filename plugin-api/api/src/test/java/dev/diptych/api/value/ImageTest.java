// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;

class ImageTest {
    private final AtomicInteger rows = new AtomicInteger();

    /// The thread is the test runner's.
    @AfterEach
    void goOn() {
        boolean _ = Thread.interrupted();
    }

    @Test
    void a_picture_is_given_up_within_a_row_when_its_thread_is_interrupted() {
        assertThatThrownBy(() ->
                        Image.generated(
                                8,
                                1000,
                                3,
                                (x, y) -> {
                                    count(x);
                                    return new Pixel(0, 0, 0);
                                }))
                .isInstanceOf(CancellationException.class);
        assertThat(rows).hasValue(3);
    }

    @Test
    void a_mask_is_given_up_within_a_row_when_its_thread_is_interrupted() {
        assertThatThrownBy(() ->
                        Mask.generated(
                                8,
                                1000,
                                (x, y) -> {
                                    count(x);
                                    return 0;
                                }))
                .isInstanceOf(CancellationException.class);
        assertThat(rows).hasValue(3);
    }

    private void count(int x) {
        if (x == 0 && rows.incrementAndGet() == 3) {
            Thread.currentThread().interrupt();
        }
    }
}
