// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.worker;

import dev.diptych.engine.value.AssetSource;

import java.io.IOException;

/// The assets of jobs as a worker reaches them: in a folder that it shares with its server, or over HTTP.
public interface WorkerAssets extends AssetSource {
    /// Stores a declared output. It is there for the server when this returns.
    ///
    /// @return the digest
    String write(byte[] content) throws IOException;
}
