// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import java.util.Optional;
import java.util.OptionalDouble;

/// A node of a stored document, while a migration brings it to the next version. Inputs may hold a literal or a link; the getters see literals only,
/// renaming and removing work on both.
public interface NodeDocument {
    /// The literal number of an input; empty if it is a link, something else, or not written.
    OptionalDouble number(String input);

    /// The literal text, or word of a choice, of an input.
    Optional<String> text(String input);

    /// The literal truth value of an input.
    Optional<Boolean> bool(String input);

    /// Writes a literal, in place of what is there.
    ///
    /// @param value a number, text or truth value
    /// @throws IllegalArgumentException if it is something else
    void set(String input, Object value);

    /// Whether the input is written at all, as literal or link.
    boolean has(String input);

    /// Takes an input out, literal or link; nothing happens if it is not written.
    void remove(String input);

    /// Gives an input another name; its literal or link stays. Nothing happens if it is not written.
    void rename(String input, String newName);

    /// Gives an output another name; the links of other nodes follow.
    void renameOutput(String output, String newName);

    /// Makes the node one of another type. The class of the old type stays in the plugin, for its migration is found in it; if a type has only got
    /// another name, write [NodeType#formerly] instead.
    ///
    /// @param version the version of the new type that the inputs now fit; its own migrations go on from there
    void renameType(String newType, int version);
}
