// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleList;
import dev.diptych.engine.model.checkpoint.pickle.PickleMap;
import dev.diptych.engine.model.checkpoint.pickle.PickleObject;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/// Names the tensors among a pickle's values by the path that leads to them: keys, attributes and positions, joined by dots.
final class TensorTree {
    private static final int MOST_VISITS = 2_000_000;
    private static final int LONGEST_NAME = 2000;

    private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    private int visits;

    private TensorTree() {}

    /// @throws PickleException if there are too many paths, or two tensors have one name
    static SequencedMap<String, StoredTensor> tensors(PickleValue root) {
        TensorTree tree = new TensorTree();
        tree.visit("", root);
        return tree.tensors;
    }

    private void visit(String path, PickleValue value) {
        if (++visits > MOST_VISITS) {
            throw new PickleException("Its values can be reached by more than " + MOST_VISITS + " paths.");
        }
        switch (value) {
            case TorchTensor(StoredTensor tensor) -> add(path, tensor);
            case PickleMap map -> visitEntries(path, map);
            case PickleList list -> {
                int position = 0;
                for (PickleValue item : list.items()) {
                    visit(joined(path, Integer.toString(position++)), item);
                }
            }
            case PickleObject object -> {
                object.state().ifPresent(state -> visit(path, state));
                visitEntries(path, object.entries());
                visit(path, object.items());
            }
            default -> {
                /* Numbers, texts and names hold no tensors. */
            }
        }
    }

    private void visitEntries(String path, PickleMap map) {
        map.entries()
                .forEach((key, value) -> {
                    switch (key) {
                        case PickleValue.Text(String text) -> visit(joined(path, text), value);
                        case PickleValue.Int(BigInteger number) -> visit(joined(path, number.toString()), value);
                        case PickleValue.Name name -> visit(joined(path, name.full()), value);
                        default -> {
                            /* Nobody asks for a tensor by such a key. */
                        }
                    }
                });
    }

    private void add(String path, StoredTensor tensor) {
        if (tensors.putIfAbsent(path, tensor.named(path)) != null) {
            throw new PickleException("Two of its tensors are called \"" + Shown.text(path) + "\".");
        }
    }

    private static String joined(String path, String name) {
        if (path.length() + name.length() > LONGEST_NAME) {
            throw new PickleException("The name of a tensor is longer than " + LONGEST_NAME + " characters.");
        }
        return path.isEmpty() ? name : path + "." + name;
    }
}
