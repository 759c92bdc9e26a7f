// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// A function of each element, by the names that published configurations give it: those of transformers (`ACT2FN`) and diffusers (`get_activation`),
/// which agree where both know a name. They may be in whatever case, as diffusers takes them.
public interface Activation {
    /// (…) → the same shape
    Symbol of(Symbol x);

    /// @return empty if the name is unknown
    static Optional<Activation> named(String name) {
        return Optional.ofNullable(Activations.BY_NAME.get(name.toLowerCase(Locale.ROOT)));
    }

    /// All names.
    static SortedSet<String> names() {
        return new TreeSet<>(Activations.BY_NAME.keySet());
    }
}
