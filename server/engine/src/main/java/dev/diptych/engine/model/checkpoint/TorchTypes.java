// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import dev.diptych.engine.model.checkpoint.pickle.PickleException;
import dev.diptych.engine.model.checkpoint.pickle.PickleValue;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/// PyTorch's names for element types: of storage classes (`torch.HalfStorage`) and of dtypes (`torch.float16`).
final class TorchTypes {
    private static final Map<String, ElementType> STORAGES =
            Map.ofEntries(
                    Map.entry("DoubleStorage", ElementType.F64),
                    Map.entry("FloatStorage", ElementType.F32),
                    Map.entry("HalfStorage", ElementType.F16),
                    Map.entry("BFloat16Storage", ElementType.BF16),
                    Map.entry("LongStorage", ElementType.I64),
                    Map.entry("IntStorage", ElementType.I32),
                    Map.entry("ShortStorage", ElementType.I16),
                    Map.entry("CharStorage", ElementType.I8),
                    Map.entry("ByteStorage", ElementType.U8),
                    Map.entry("BoolStorage", ElementType.BOOL),
                    Map.entry("UntypedStorage", ElementType.U8));
    private static final Map<String, ElementType> DTYPES =
            Map.ofEntries(
                    Map.entry("float64", ElementType.F64),
                    Map.entry("double", ElementType.F64),
                    Map.entry("float32", ElementType.F32),
                    Map.entry("float", ElementType.F32),
                    Map.entry("float16", ElementType.F16),
                    Map.entry("half", ElementType.F16),
                    Map.entry("bfloat16", ElementType.BF16),
                    Map.entry("float8_e4m3fn", ElementType.F8_E4M3),
                    Map.entry("float8_e5m2", ElementType.F8_E5M2),
                    Map.entry("int64", ElementType.I64),
                    Map.entry("long", ElementType.I64),
                    Map.entry("int32", ElementType.I32),
                    Map.entry("int", ElementType.I32),
                    Map.entry("int16", ElementType.I16),
                    Map.entry("int8", ElementType.I8),
                    Map.entry("uint8", ElementType.U8),
                    Map.entry("uint16", ElementType.U16),
                    Map.entry("uint32", ElementType.U32),
                    Map.entry("uint64", ElementType.U64),
                    Map.entry("bool", ElementType.BOOL));

    private TorchTypes() {}

    /// The type of a storage class, or null if the name is none.
    static @Nullable ElementType ofStorage(PickleValue.Name name) {
        boolean isTorch =
                name.module().equals("torch")
                        || name.module().equals("torch.cuda")
                        || name.module().equals("torch.storage");
        return isTorch ? STORAGES.get(name.name()) : null;
    }

    /// The type of a dtype, or null if the name is none.
    static @Nullable ElementType ofDtype(PickleValue.Name name) {
        return name.module().equals("torch") ? DTYPES.get(name.name()) : null;
    }

    /// @throws PickleException if the value is no dtype that is supported
    static ElementType requireDtype(PickleValue value) {
        ElementType type = value instanceof PickleValue.Name name ? ofDtype(name) : null;
        if (type == null) {
            throw new PickleException("A tensor's element type is not supported.");
        }
        return type;
    }
}
