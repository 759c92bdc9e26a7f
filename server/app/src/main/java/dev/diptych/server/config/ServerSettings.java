// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.config;

import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.value.ImageFiles;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/// How a server is run.
///
/// @param hosts             further names under which it is reached
/// @param origins           origins of other pages that may use it
/// @param queue             how many jobs may wait
/// @param maxNodes          of a document, with all that it nests
/// @param maxPixels         of a picture
/// @param cacheBytes        limit of the cache folder
/// @param keepJobs          how long a job that ended is kept
/// @param deviceCall        how long one call into a device may take
/// @param hasOwnWorker      whether it starts a worker of its own
/// @param workerOptions     of that worker's command line: how it uses the machine, and what it takes
/// @param isInsecureAllowed whether tokens may cross the network in clear
public record ServerSettings(
        HttpSettings http,
        Set<String> hosts,
        Set<String> origins,
        long queue,
        int maxNodes,
        long maxPixels,
        long cacheBytes,
        Duration keepJobs,
        Duration deviceCall,
        boolean hasOwnWorker,
        List<String> workerOptions,
        boolean isInsecureAllowed) {
    private static final long MEGABYTE = 1 << 20;

    public ServerSettings {
        workerOptions = List.copyOf(workerOptions);
    }

    /// The usual ones: on loopback, for this machine's user.
    ///
    /// @param port 0 for any that is free
    public static ServerSettings usual(int port) {
        return new ServerSettings(
                new HttpSettings(
                        "127.0.0.1",
                        port,
                        16 * MEGABYTE,
                        512 * MEGABYTE,
                        false,
                        false,
                        HttpSettings.USUAL_IDLE,
                        null,
                        null),
                Set.of(),
                Set.of(),
                1_000_000,
                20_000,
                ImageFiles.DEFAULT_MAX_PIXELS,
                CacheFolder.USUAL_BYTES,
                Duration.ofDays(30),
                Duration.ofMinutes(10),
                true,
                List.of(),
                false);
    }

    public ServerSettings with(HttpSettings other) {
        return new ServerSettings(
                other,
                hosts,
                origins,
                queue,
                maxNodes,
                maxPixels,
                cacheBytes,
                keepJobs,
                deviceCall,
                hasOwnWorker,
                workerOptions,
                isInsecureAllowed);
    }

    public ServerSettings withoutOwnWorker() {
        return new ServerSettings(
                http,
                hosts,
                origins,
                queue,
                maxNodes,
                maxPixels,
                cacheBytes,
                keepJobs,
                deviceCall,
                false,
                List.of(),
                isInsecureAllowed);
    }
}
