// SPDX-License-Identifier: Apache-2.0

/// The HTTP surface: the contract in `openapi.yaml` and one handler for each of its operations, events over WebSocket and SSE,
/// the workers' connections, and the plain page. The event loop only moves bytes; handlers run on virtual threads.
@NullMarked
package dev.diptych.server.http;

import org.jspecify.annotations.NullMarked;
