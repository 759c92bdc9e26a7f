// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;

import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.device.torchscript.Program;
import dev.diptych.engine.model.checkpoint.ElementType;
import dev.diptych.engine.model.checkpoint.StoredTensor;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;

/// A component's weights on a device, for all its calls. Those that the file holds in the device's format stay where the file is mapped. Made and closed on the
/// device's thread.
final class LoadedWeights implements AutoCloseable {
    private final IValue list;
    private final long bytes;

    /// The files, as long as weights lie in them.
    private final Component.@Nullable Opened mapped;

    /// Some of it may be freed when nobody in Java refers to it.
    private final List<MemorySegment> memory;

    /// @param opened a claim of the caller's, which stays his
    /// @param device as libtorch calls it
    LoadedWeights(Component component, Component.Opened opened, NumberFormat format, String device) {
        Libtorch torch = Libtorch.get();
        List<StoredTensor> stored = opened.tensors();
        List<MemorySegment> data = new ArrayList<>();
        PtNDArray[] there = new PtNDArray[stored.size()];
        for (int i = 0; i < there.length; i++) {
            StoredTensor tensor = stored.get(i);
            data.add(tensor.data());
            there[i] = torch.over(data.get(i), ScalarTypes.of(tensor.type()), tensor.shape());
        }
        PtNDArray[] converted = convert(torch, there, Program.conversion(format, device));
        list = Libtorch.list(converted);
        LoadedProgram.close(converted);
        bytes = component.bytes(format);
        boolean staysMapped = device.equals("cpu") && stored.stream().anyMatch(tensor -> isIn(tensor, format));
        mapped = staysMapped ? opened.again() : null;
        memory = staysMapped ? data : List.of();
        Reference.reachabilityFence(data);
    }

    private static boolean isIn(StoredTensor tensor, NumberFormat format) {
        return switch (format) {
            case FLOAT32 -> tensor.type() == ElementType.F32;
            case FLOAT16 -> tensor.type() == ElementType.F16;
            case BFLOAT16 -> tensor.type() == ElementType.BF16;
        };
    }

    /// The given tensors are closed.
    private static PtNDArray[] convert(Libtorch torch, PtNDArray[] tensors, Program program) {
        PtSymbolBlock conversion = torch.load(program.archive());
        try {
            return torch.runDifferentiating(conversion, "convert", List.of(), List.of(tensors));
        } finally {
            LoadedProgram.close(tensors);
            conversion.close();
        }
    }

    /// The same tensors in a device's memory; the given ones are closed.
    static PtNDArray[] placed(Libtorch torch, PtNDArray[] tensors, String device) {
        return convert(torch, tensors, Program.placement(device));
    }

    IValue list() {
        return list;
    }

    long bytes() {
        return bytes;
    }

    @Override
    public void close() {
        list.close();
        Reference.reachabilityFence(memory);
        if (mapped != null) {
            mapped.close();
        }
    }
}
