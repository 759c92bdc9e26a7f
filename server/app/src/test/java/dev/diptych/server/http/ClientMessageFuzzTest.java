// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import dev.diptych.engine.document.DocumentException;

import java.nio.charset.StandardCharsets;

/// Feeds bytes to the reader of what clients say on the event socket. A build replays the corpus beside the class; `JAZZER_FUZZ=1` looks for more.
final class ClientMessageFuzzTest {
    @FuzzTest(maxDuration = "2m")
    void any_text_is_a_message_or_refused(byte[] bytes) {
        try {
            if (ClientMessage.read(new String(bytes, StandardCharsets.UTF_8))
                    instanceof ClientMessage.Subscribe subscribe) {
                assertThat(subscribe.since()).isNotNegative();
            }
        } catch (DocumentException e) {
            assertThat(e.problems()).isNotEmpty();
        }
    }
}
