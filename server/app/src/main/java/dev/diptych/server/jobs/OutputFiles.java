// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.store.ClaimStore;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The files that hold outputs: a job ends only when all that its outputs name are there.
@FunctionalInterface
public interface OutputFiles {
    Pattern ASSET = Pattern.compile("\"asset:([0-9a-f]{64})\"");

    /// What is found stays until the job's end is stored.
    ///
    /// @return empty if there is no such file
    Optional<ClaimStore.OutputFile> find(String sha256);

    /// The digests that a JSON text names.
    static SequencedSet<String> named(String json) {
        SequencedSet<String> digests = new LinkedHashSet<>();
        Matcher matcher = ASSET.matcher(json);
        while (matcher.find()) {
            digests.add(matcher.group(1));
        }
        return digests;
    }
}
