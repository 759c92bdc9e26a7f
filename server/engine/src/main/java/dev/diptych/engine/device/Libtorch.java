// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;

import dev.diptych.api.value.Tensor;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/// libtorch in this process: the one class that calls into it. Everything here belongs on a device's thread; another thread inside libtorch would halve everybody's speed.
final class Libtorch {
    private static final String ENGINE = "PyTorch";

    private final PtNDManager manager;
    private final TensorFunctions tensors;

    private Libtorch() {
        configure();
        manager = (PtNDManager) Engine.getEngine(ENGINE).newBaseManager();
        tensors = new TensorFunctions(SymbolLookup.loaderLookup());
    }

    private static final class Holder {
        static final Libtorch INSTANCE = new Libtorch();
    }

    /// Loads the native libraries at the first call.
    static Libtorch get() {
        return Holder.INSTANCE;
    }

    /// DJL reads these when it is first touched: nothing is fetched from the network, and the libraries are unpacked where caches belong.
    private static void configure() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        if (System.getProperty("DJL_CACHE_DIR") == null && System.getenv("DJL_CACHE_DIR") == null) {
            String caches = System.getenv("XDG_CACHE_HOME");
            Path base =
                    caches == null || caches.isEmpty()
                            ? Path.of(System.getProperty("user.home"), ".cache")
                            : Path.of(caches);
            System.setProperty("DJL_CACHE_DIR", base.resolve("diptych").resolve("native").toString());
        }
    }

    /// Prepares the calling thread, which is a device's.
    ///
    /// @param threads that an operation may use
    void prepareThread(int threads) {
        JniUtils.setNumThreads(threads);
        JniUtils.setGraphExecutorOptimize(false);
    }

    /// @param archive of a program
    PtSymbolBlock load(byte[] archive) {
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(archive), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A tensor over memory that somebody else owns: it must stay valid, and unchanged, as long as the tensor.
    ///
    /// @param scalarType libtorch's number for the element type
    /// @param shape      sizes, outermost first
    PtNDArray over(MemorySegment data, int scalarType, long[] shape) {
        return new PtNDArray(manager, tensors.overMemory(data, scalarType, shape));
    }

    /// A tensor with a copy of what is given.
    ///
    /// @param arena owns the copy; closed only after the tensor
    PtNDArray upload(Tensor tensor, Arena arena) {
        long[] shape = new long[tensor.rank()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = tensor.size(i);
        }
        return switch (tensor.type()) {
            case FLOAT32 -> over(arena.allocateFrom(ValueLayout.JAVA_FLOAT, tensor.floats()), 6, shape);
            case INT64 -> over(arena.allocateFrom(ValueLayout.JAVA_LONG, tensor.longs()), 4, shape);
            case UINT8 -> over(arena.allocateFrom(ValueLayout.JAVA_BYTE, tensor.bytes()), 0, shape);
        };
    }

    /// A copy in Java of a contiguous tensor in the processor's memory; the tensor is freed.
    Tensor download(PtNDArray array) {
        try (array) {
            return tensors.read(array.getHandle());
        }
    }

    /// Runs a method. Nothing is freed but what it makes itself.
    ///
    /// @return what its list holds
    PtNDArray[] run(PtSymbolBlock program, String method, IValue... arguments) {
        try (IValue result = IValueUtils.runMethod(program, method, arguments)) {
            return result.toTensorArray(manager);
        }
    }

    /// Runs a method that may differentiate inside. Slower to call than [#run], whose results can never be part of what is differentiated.
    ///
    /// @param weights with the constants after them
    PtNDArray[] runDifferentiating(
            PtSymbolBlock program, String method, List<PtNDArray> inputs, List<PtNDArray> weights) {
        NDList arguments = new NDList();
        for (int i = 0; i < inputs.size(); i++) {
            arguments.add(named(inputs.get(i), "given" + i));
        }
        JniUtils.setGradMode(true);
        try (NDArray marker = manager.create(1);
                NDArray filler = manager.create(1)) {
            weights.forEach(weight -> arguments.add(named(weight, "p[]")));
            arguments.add(named(filler, "p[]")); // DJL makes no empty list
            arguments.add(named(marker, "module_method:" + method));
            NDList result = IValueUtils.forward(program, arguments, true);
            return result.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new);
        } finally {
            JniUtils.setGradMode(false);
        }
    }

    private static NDArray named(NDArray array, String name) {
        array.setName(name);
        return array;
    }

    /// The tensors of a list.
    PtNDArray[] elements(IValue list) {
        return list.toTensorArray(manager);
    }
}
