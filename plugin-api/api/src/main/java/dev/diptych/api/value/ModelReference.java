// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.value;

import java.util.List;

/// A model by name, with the adapters to apply to it. This is what travels along links, so that every value can be stored, sent and hashed;
/// a node turns it into a live model with its context.
///
/// @param id       as the model hub lists it, for example `portraits/unclip`
/// @param adapters low-rank adapters in the order of their application
public record ModelReference(String id, List<Adapter> adapters) {
    public ModelReference {
        adapters = List.copyOf(adapters);
    }

    /// Without adapters.
    public ModelReference(String id) {
        this(id, List.of());
    }

    /// A low-rank adapter (LoRA and its relatives).
    ///
    /// @param scale 0 leaves the model as it is, 1 applies the adapter as it was trained
    public record Adapter(String model, double scale) {}
}
