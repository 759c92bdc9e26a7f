// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint.adapter;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.Checkpoint;
import dev.diptych.engine.model.checkpoint.NearestName;

import java.util.List;
import java.util.Optional;

/// An adapter's file, read: what it adds to which parameters. The file's tensors must stay open while deltas are computed.
///
/// ```java
/// Adapter adapter = Adapter.read(file, new AdapterTargets(Map.of("unet", shapesOfTheUnet)));
/// for (WeightDelta delta : adapter.deltas()) { delta.open().add(scale, 0, rows, weight); }
/// ```
///
/// @param deltas    one for each parameter it changes
/// @param unmatched the modules in it that the model has not
public record Adapter(List<WeightDelta> deltas, List<Unmatched> unmatched) {
    /// What PEFT keeps beside an adapter's file.
    public static final String CONFIG = "adapter_config.json";

    /// A module that the model has not.
    ///
    /// @param module  as the file has it
    /// @param nearest the model's module that may be meant
    public record Unmatched(String module, Optional<String> nearest) {
        static Unmatched of(String module, AdapterTargets targets) {
            return new Unmatched(module, NearestName.of(module, targets.modules()));
        }

        private String text() {
            return module + nearest.map(other -> " (is it " + other + "?)").orElse("");
        }
    }

    public Adapter {
        deltas = List.copyOf(deltas);
        unmatched = List.copyOf(unmatched);
    }

    /// A file that has nothing beside it.
    ///
    /// @throws NodeException as [#read(String, Checkpoint, Optional, AdapterTargets)]
    public static Adapter read(Checkpoint file, AdapterTargets targets) {
        return read("The adapter", file, Optional.empty(), targets);
    }

    /// LoRA, LoHa, LoKr and whole differences, named as kohya-ss, LyCORIS, diffusers (old and new) and PEFT name them.
    ///
    /// @param place  how errors call the adapter
    /// @param config contents of [#CONFIG], which a file that PEFT has saved needs
    /// @throws NodeException `engine/bad-adapter` if factors or the configuration are missing or do not fit; `engine/adapter-not-supported` naming the kind, for DoRA and others
    public static Adapter read(String place, Checkpoint file, Optional<byte[]> config, AdapterTargets targets) {
        return new AdapterReader(file, PeftMetadata.of(place, file, config), targets).read();
    }

    /// @throws NodeException `engine/wrong-adapter` with all unmatched modules, if there are any
    public void requireMatched(String place) {
        if (!unmatched.isEmpty()) {
            List<String> lines = unmatched.stream().map(Unmatched::text).toList();
            throw NodeException.user(
                            "engine/wrong-adapter",
                            "%s changes %d modules that the model has not:\n  %s",
                            Shown.text(place),
                            lines.size(),
                            String.join("\n  ", lines))
                    .next("Use an adapter that was trained on this model's architecture.");
        }
    }
}
