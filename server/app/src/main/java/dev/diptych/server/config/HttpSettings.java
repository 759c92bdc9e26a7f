// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import org.jspecify.annotations.Nullable;

import java.nio.file.Path;
import java.time.Duration;

/// How the HTTP server is reached, and how much it takes.
///
/// @param address               to listen on
/// @param port                  0 for any that is free
/// @param maxBodyBytes          of a request that is read whole
/// @param maxAssetBytes         of one upload
/// @param allowsPrivateWebhooks whether webhooks may lead into private networks
/// @param allowsPrivateModels   whether models may be added from private networks
/// @param idle                  how long a connection may be silent while the client has its turn
/// @param certificate           PEM file of the TLS certificate chain, or null for plain HTTP
/// @param key                   PEM file of its key
public record HttpSettings(
        String address,
        int port,
        long maxBodyBytes,
        long maxAssetBytes,
        boolean allowsPrivateWebhooks,
        boolean allowsPrivateModels,
        Duration idle,
        @Nullable Path certificate,
        @Nullable Path key) {
    public static final Duration USUAL_IDLE = Duration.ofSeconds(75);

    /// Of a body that is JSON, and so of a workflow document.
    public int maxJsonBytes() {
        return (int) Math.min(maxBodyBytes, Integer.MAX_VALUE);
    }
}
