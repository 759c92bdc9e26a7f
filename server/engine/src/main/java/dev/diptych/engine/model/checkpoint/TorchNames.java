// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.document.Shown;
import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleList;
import dev.diptych.engine.model.checkpoint.pickle.PickleNames;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The names that PyTorch's files mention: what rebuilds tensors, containers, numbers of NumPy, and classes read as data.
/// Everything else is refused by name.
final class TorchNames implements PickleNames {
    private static final DataClasses DATA = DataClasses.load();

    private final Storages storages;
    private final Map<String, Builder> builders = new HashMap<>();

    /// The storages that a file holds.
    @FunctionalInterface
    interface Storages {
        /// @param type     of its elements
        /// @param elements how many the pickle says it has
        /// @param view     of which part of it, for the legacy format: `None`, or (key, offset, elements)
        /// @throws PickleException if there is none such
        TorchStorage find(ElementType type, String key, long elements, PickleValue view);
    }

    TorchNames(Storages storages) {
        this.storages = storages;
        builders.putAll(PythonBuilders.all());
        builders.putAll(NumpyBuilders.all());
        builders.put("torch._utils._rebuild_tensor", TorchNames::tensor);
        builders.put("torch._utils._rebuild_tensor_v2", TorchNames::tensor);
        builders.put("torch._utils._rebuild_tensor_v3", TorchNames::tensorOfType);
        for (String first :
                List.of(
                        "torch._utils._rebuild_parameter",
                        "torch._utils._rebuild_parameter_with_state",
                        "torch.nn.parameter.Parameter",
                        "torch.jit._pickle.build_intlist",
                        "torch.jit._pickle.build_doublelist",
                        "torch.jit._pickle.build_boollist",
                        "torch.jit._pickle.build_tensorlist",
                        "torch.jit._pickle.restore_type_tag")) {
            builders.put(first, arguments -> item(arguments, 0));
        }
        builders.put("torch._tensor._rebuild_from_type_v2", this::fromType);
        builders.put("torch.Size", arguments -> item(arguments, 0));
        builders.put("torch.device", arguments -> item(arguments, 0));
        builders.put("torch.serialization._get_layout", arguments -> item(arguments, 0));
    }

    @Override
    public Builder find(PickleValue.Name name) {
        Builder builder = builders.get(name.full());
        if (builder != null) {
            return builder;
        }
        if (TorchTypes.ofStorage(name) != null || TorchTypes.ofDtype(name) != null || DATA.has(name)) {
            return PickleNames.data(name);
        }
        throw new PickleException(
                "It mentions \""
                        + Shown.text(name.full())
                        + "\", which is not on the list of names that checkpoints of tensors need. Nothing was run."
                        + " If you trust the file's author, ask for its tensors as safetensors.");
    }

    @Override
    public PickleValue persistent(PickleValue id) {
        if (!(id instanceof PickleList tuple)
                || tuple.items().size() < 5
                || !tuple.items().getFirst().text().orElse("").equals("storage")
                || !(tuple.items().get(1) instanceof PickleValue.Name storageClass)) {
            throw new PickleException("It refers to something outside itself that is no storage.");
        }
        ElementType type = TorchTypes.ofStorage(storageClass);
        if (type == null) {
            throw new PickleException(
                    "A storage is of class \"" + Shown.text(storageClass.full()) + "\", which is not supported.");
        }
        String key =
                tuple.items().get(2).text().orElseThrow(() -> new PickleException("The key of a storage is no text."));
        PickleValue view = tuple.items().size() > 5 ? tuple.items().get(5) : new PickleValue.None();
        return storages.find(type, key, number(tuple.items().get(4)), view);
    }

    /// (storage, offset, size, stride, …)
    private static PickleValue tensor(PickleList arguments) {
        return storage(arguments)
                .view(number(item(arguments, 1)), numbers(item(arguments, 2)), numbers(item(arguments, 3)));
    }

    /// (storage, offset, size, stride, requires_grad, hooks, dtype, …)
    private static PickleValue tensorOfType(PickleList arguments) {
        return storage(arguments)
                .as(TorchTypes.requireDtype(item(arguments, 6)))
                .view(number(item(arguments, 1)), numbers(item(arguments, 2)), numbers(item(arguments, 3)));
    }

    /// (function, type, arguments, state): what the function makes, given to a subclass of tensor.
    private PickleValue fromType(PickleList arguments) {
        if (item(arguments, 0) instanceof PickleValue.Name function
                && function.full().startsWith("torch._utils._rebuild_")
                && item(arguments, 2) instanceof PickleList inner) {
            return find(function).build(inner);
        }
        throw new PickleException("A tensor is rebuilt in a way that is not supported.");
    }

    private static TorchStorage storage(PickleList arguments) {
        if (item(arguments, 0) instanceof TorchStorage storage) {
            return storage;
        }
        throw new PickleException("A tensor has no storage.");
    }

    static PickleValue item(PickleList arguments, int index) {
        if (index >= arguments.items().size()) {
            throw new PickleException(
                    "A call has " + arguments.items().size() + " arguments, number " + (index + 1) + " is missing.");
        }
        return arguments.items().get(index);
    }

    static long number(PickleValue value) {
        if (value instanceof PickleValue.Int(BigInteger number) && number.bitLength() < Long.SIZE) {
            return number.longValue();
        }
        throw new PickleException("A size, offset or stride is no number.");
    }

    static long[] numbers(PickleValue value) {
        if (value instanceof PickleList list && list.items().size() <= Shapes.MOST_DIMENSIONS) {
            return list.items().stream().mapToLong(TorchNames::number).toArray();
        }
        throw new PickleException("A shape is no tuple of at most " + Shapes.MOST_DIMENSIONS + " numbers.");
    }
}
