// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/// How much of a [ToWorker.Assign] the texts of a job take, which travel as JSON strings. A job beyond the limit must not be accepted: no worker could be told of it.
public final class AssignmentSize {
    /// The rest of a message is for what there is to say of the job's nodes: which have ended, and which have killed their workers.
    public static final int MAX_BYTES = WebSocketLink.MAX_MESSAGE_BYTES - (8 << 20);

    private AssignmentSize() {}

    public static long of(String workflow, String inputs) {
        return bytes(workflow) + bytes(inputs);
    }

    /// A text that is too long by its characters is not written out to be measured.
    private static long bytes(String text) {
        return text.length() > MAX_BYTES ? text.length() : JsonStringEncoder.getInstance().quoteAsUTF8(text).length;
    }
}
