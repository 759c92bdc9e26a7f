// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import dev.diptych.server.jobs.JobEvent;

import io.vertx.core.buffer.Buffer;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;

/// Events as text and as frames. An event goes to many clients one after the other, so the last one written is kept. For one
/// event loop.
final class EventFrames {
    private @Nullable JobEvent lastEvent;
    private String lastText = "";

    String text(JobEvent event) {
        if (event != lastEvent) {
            lastText = JobViews.of(event).toString();
            lastEvent = event;
        }
        return lastText;
    }

    /// Four bytes with the length of the header, the header, the picture.
    Buffer binary(JobEvent.Preview preview) {
        byte[] header = text(preview).getBytes(StandardCharsets.UTF_8);
        return Buffer.buffer(4 + header.length + preview.bytes().length)
                .appendInt(header.length)
                .appendBytes(header)
                .appendBytes(preview.bytes());
    }
}
