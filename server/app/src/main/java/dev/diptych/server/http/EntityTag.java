// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import java.util.Arrays;
import java.util.List;

/// The name of what a resource is now (RFC 9110, 8.8.3).
///
/// @param text in quotes
record EntityTag(String text) {
    /// Whether a client has it already: its `If-None-Match` headers list the tag, strong or weak, or are `*`.
    boolean isAmong(List<String> headers) {
        return headers.stream()
                .flatMap(header -> Arrays.stream(header.split(",")))
                .map(String::strip)
                .anyMatch(known -> known.equals("*") || known.equals(text) || known.equals("W/" + text));
    }
}
