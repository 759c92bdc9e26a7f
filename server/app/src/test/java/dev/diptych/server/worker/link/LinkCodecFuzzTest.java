// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// Feeds bytes to both ends of the worker link. A build replays the corpora beside the class; `JAZZER_FUZZ=1` looks for more.
final class LinkCodecFuzzTest {
    @FuzzTest(maxDuration = "2m")
    void any_text_is_a_message_or_refused(byte[] bytes) throws IOException {
        String text = new String(bytes, StandardCharsets.UTF_8);
        readAgain(LinkCodec.TO_SERVER, text);
        readAgain(LinkCodec.TO_WORKER, text);
    }

    private static <M> void readAgain(LinkCodec<M> codec, String text) throws IOException {
        M message;
        try {
            message = codec.read(text);
        } catch (IOException e) {
            return;
        }
        String written = codec.text(message); // throws where a field that must be there is not
        assertThat(codec.text(codec.read(written))).isEqualTo(written);
    }

    @FuzzTest(maxDuration = "2m")
    void any_frame_is_a_preview_or_refused(byte[] bytes) throws IOException {
        ToServer.Preview preview;
        try {
            preview = LinkCodec.readPreview(bytes);
        } catch (IOException e) {
            return;
        }
        ToServer.Preview again = LinkCodec.readPreview(LinkCodec.TO_SERVER.binary(preview));
        assertThat(again.holding()).isEqualTo(preview.holding());
        assertThat(again.bytes()).isEqualTo(preview.bytes());
        assertThat(preview.node() + preview.mediaType() + preview.holding().job()).doesNotContain("null");
    }
}
