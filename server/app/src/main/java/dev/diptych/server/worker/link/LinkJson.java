// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker.link;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.ObjectMapper;

/// The JSON of jobs wherever it is read: messages of the link, and the documents, inputs and outcomes in them. A text in it may be as long as a message, which
/// is more than Jackson reads unasked.
public final class LinkJson {
    private LinkJson() {}

    /// A new one, for its owner to add to.
    public static ObjectMapper mapper() {
        return new ObjectMapper(
                JsonFactory.builder()
                        .streamReadConstraints(
                                StreamReadConstraints.builder()
                                        .maxStringLength(WebSocketLink.MAX_MESSAGE_BYTES)
                                        .build())
                        .build());
    }
}
