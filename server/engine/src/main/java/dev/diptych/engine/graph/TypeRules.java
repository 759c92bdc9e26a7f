// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.PortType;

import java.util.List;

/// Which types go where, and how lists wrap them.
final class TypeRules {
    private TypeRules() {}

    static int lists(PortType type) {
        int lists = 0;
        PortType inner = type;
        while (inner instanceof PortType.ListOf(PortType element)) {
            inner = element;
            lists++;
        }
        return lists;
    }

    static PortType leaf(PortType type) {
        return strip(type, lists(type));
    }

    static PortType strip(PortType type, int lists) {
        PortType inner = type;
        for (int i = 0; i < lists && inner instanceof PortType.ListOf(PortType element); i++) {
            inner = element;
        }
        return inner;
    }

    static PortType wrap(PortType type, int lists) {
        PortType wrapped = type;
        for (int i = 0; i < lists; i++) {
            wrapped = new PortType.ListOf(wrapped);
        }
        return wrapped;
    }

    /// How many lists a port would be mapped over for a source of this type, or -1 when they do not fit.
    static int depth(PortType source, PortType port) {
        int depth = lists(source) - lists(port);
        return depth >= 0 && fits(leaf(source), leaf(port)) ? depth : -1;
    }

    /// A whole number is a number; a text may be a choice, which only its run can tell; everything else goes where the same is needed.
    static boolean fits(PortType source, PortType port) {
        return switch (port) {
            case PortType.Basic.NUMBER -> source == PortType.Basic.NUMBER || source == PortType.Basic.INTEGER;
            case PortType.Basic.TEXT -> source == PortType.Basic.TEXT || source instanceof PortType.Choice;
            case PortType.Basic basic -> source == basic;
            case PortType.Choice(List<String> options) ->
                    source == PortType.Basic.TEXT
                            || source instanceof PortType.Choice(List<String> words)
                                    && words.stream().anyMatch(options::contains);
            case PortType.Declared needed ->
                    source instanceof PortType.Declared given && given.id().equals(needed.id());
            case PortType.ListOf _ -> false;
        };
    }
}
