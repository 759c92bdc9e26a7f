// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import dev.diptych.engine.value.Digests;

/// Names a submission of an owner, so that it can be sent again without making a second job.
///
/// @param text    as the client chose it
/// @param request digest of the request as it was sent, whatever it means by now: spaces and the order of fields do not count
public record IdempotencyKey(String text, String request) {
    private static final ObjectMapper SORTED =
            JsonMapper.builder().enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED).build();

    public static IdempotencyKey of(String text, JsonNode request) {
        try {
            return new IdempotencyKey(text, Digests.of(SORTED.writeValueAsBytes(request)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
