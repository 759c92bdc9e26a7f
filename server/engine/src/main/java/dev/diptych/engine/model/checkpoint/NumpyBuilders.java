// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleList;
import dev.diptych.engine.model.checkpoint.pickle.PickleNames;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// NumPy's numbers, which stand among the losses and rates of training checkpoints.
final class NumpyBuilders {
    private static final Map<String, ElementType> TYPES =
            Map.ofEntries(
                    Map.entry("f8", ElementType.F64),
                    Map.entry("f4", ElementType.F32),
                    Map.entry("f2", ElementType.F16),
                    Map.entry("i8", ElementType.I64),
                    Map.entry("i4", ElementType.I32),
                    Map.entry("i2", ElementType.I16),
                    Map.entry("i1", ElementType.I8),
                    Map.entry("u8", ElementType.U64),
                    Map.entry("u4", ElementType.U32),
                    Map.entry("u2", ElementType.U16),
                    Map.entry("u1", ElementType.U8),
                    Map.entry("b1", ElementType.BOOL));

    private NumpyBuilders() {}

    static Map<String, PickleNames.Builder> all() {
        Map<String, PickleNames.Builder> builders = new HashMap<>();
        builders.put("numpy.dtype", NumpyBuilders::type);
        for (String module : List.of("numpy.core.multiarray.", "numpy._core.multiarray.")) {
            builders.put(module + "scalar", NumpyBuilders::scalar);
        }
        return builders;
    }

    /// An element type; its state says in which order its bytes are.
    private record Type(ElementType element) implements PickleValue.Leaf {
        @Override
        public void build(PickleValue state) {
            if (state instanceof PickleList list
                    && list.items().size() > 1
                    && list.items().get(1).text().orElse("").equals(">")) {
                throw new PickleException(
                        "A NumPy number is stored with its highest byte first, which is not supported.");
            }
        }
    }

    private static PickleValue type(PickleList arguments) {
        String name = TorchNames.item(arguments, 0).text().orElse("");
        ElementType element = TYPES.get(name.startsWith("<") || name.startsWith("|") ? name.substring(1) : name);
        if (element == null) {
            throw new PickleException("A NumPy type is not supported; numbers and truth values are.");
        }
        return new Type(element);
    }

    private static PickleValue scalar(PickleList arguments) {
        if (!(TorchNames.item(arguments, 0) instanceof Type(ElementType element))
                || !(TorchNames.item(arguments, 1) instanceof PickleValue.Bytes bytes)
                || bytes.length() != element.bytes()) {
            throw new PickleException("A NumPy number is not written as one.");
        }
        MemorySegment segment = MemorySegment.ofArray(bytes.value());
        if (element.isFloating()) {
            return new PickleValue.Real(
                    element == ElementType.F64
                            ? segment.get(Elements.DOUBLE, 0)
                            : Elements.floatAt(segment, element, 0));
        }
        return element == ElementType.BOOL
                ? new PickleValue.Bool(bytes.value()[0] != 0)
                : PickleValue.Int.of(Elements.longAt(segment, element, 0));
    }
}
