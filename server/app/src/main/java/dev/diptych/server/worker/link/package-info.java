// SPDX-License-Identifier: Apache-2.0

/// What a server and its workers say to each other, and the link it travels on. The messages are plain records, so that
/// the link exists in memory as well as over a WebSocket; documents, inputs and outcomes travel as JSON text.
@NullMarked
package dev.diptych.server.worker.link;

import org.jspecify.annotations.NullMarked;
