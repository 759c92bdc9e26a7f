// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// libtorch in this process: the one class that calls into it. Everything here belongs on a device's thread; another thread inside libtorch would halve everybody's speed.
///
/// Element types that DJL has no number for end the process when they pass through its `DataType`; here they never do: tensors are made and read by libtorch's own
/// functions, with libtorch's numbers.
final class Libtorch {
    private static final String ENGINE = "PyTorch";

    /// How often a thread of an operation looks for the others before it sleeps. Ten times less costs a small network a third of its speed, ten times more lets a pass
    /// take ten times as long where another process keeps a core busy.
    private static final String SPINS = "30000";

    private static @org.jspecify.annotations.Nullable Libtorch instance;

    private final PtNDManager manager;
    private final TensorFunctions tensors;
    private final int graphicsCards;

    /// Of glibc alone.
    private final @org.jspecify.annotations.Nullable MethodHandle mallocTrim;

    private Libtorch(NativeLibrary library) {
        library.configure();
        setEnvironment("GOMP_SPINCOUNT", SPINS);
        Engine engine = Engine.getEngine(ENGINE);
        manager = (PtNDManager) engine.newBaseManager(ai.djl.Device.cpu());
        SymbolLookup symbols = SymbolLookup.loaderLookup();
        tensors = new TensorFunctions(symbols);
        graphicsCards = library.hasCuda() ? engine.getGpuCount() : 0;
        withoutNnpack(symbols);
        mallocTrim =
                NativeFunctions.find(
                                NativeFunctions.standard(),
                                "malloc_trim",
                                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG))
                        .orElse(null);
    }

    /// Loads the native libraries at the first call.
    ///
    /// @throws dev.diptych.api.error.NodeException if the environment names a libtorch that does not fit
    static synchronized Libtorch get() {
        Libtorch known = instance;
        if (known == null) {
            known = new Libtorch(NativeLibrary.find(System.getenv()));
            instance = known;
        }
        return known;
    }

    /// For native libraries that are loaded later; what the user has set stays.
    private static void setEnvironment(String name, String value) {
        Optional<MethodHandle> setenv =
                NativeFunctions.find(
                        NativeFunctions.standard(),
                        "setenv",
                        FunctionDescriptor.of(
                                ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
        if (setenv.isPresent()) {
            MethodHandle function = setenv.get();
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment variable = arena.allocateFrom(name);
                MemorySegment content = arena.allocateFrom(value);
                NativeFunctions.call(() -> (int) function.invokeExact(variable, content, 0));
            }
        }
    }

    /// NNPACK is slower than what is used else, and says on standard error if the processor is not to its taste.
    private static void withoutNnpack(SymbolLookup symbols) {
        Optional<MethodHandle> context =
                NativeFunctions.find(symbols, "_ZN2at13globalContextEv", FunctionDescriptor.of(ValueLayout.ADDRESS));
        Optional<MethodHandle> enable =
                NativeFunctions.find(
                        symbols,
                        "_ZN2at7Context20setUserEnabledNNPACKEb",
                        FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_BOOLEAN));
        if (context.isPresent() && enable.isPresent()) {
            MethodHandle global = context.get();
            MethodHandle set = enable.get();
            NativeFunctions.run(() -> {
                set.invokeExact((MemorySegment) global.invokeExact(), false);
            });
        }
    }

    /// How many graphics cards it can compute on.
    int graphicsCards() {
        return graphicsCards;
    }

    /// Prepares the calling thread, which is a device's.
    void prepareThread() {
        JniUtils.setGraphExecutorOptimize(false);
    }

    /// How many threads an operation uses that the calling thread starts.
    void useThreads(int threads) {
        JniUtils.setNumThreads(threads);
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

    /// What a contiguous tensor in the processor's memory holds.
    TensorFunctions.View view(PtNDArray array) {
        return tensors.view(array.getHandle());
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

    /// A list of tensors, which it keeps alive.
    static IValue list(PtNDArray... tensors) {
        return IValue.listFrom(tensors);
    }

    /// Gives back memory that is kept for later operations.
    void trim() {
        if (graphicsCards > 0) {
            JniUtils.emptyCudaCache();
        }
        MethodHandle trim = mallocTrim;
        if (trim != null) {
            NativeFunctions.call(() -> (int) trim.invokeExact(0L));
        }
    }

    /// Whether an error says that memory did not suffice.
    static boolean isOutOfMemory(Throwable error) {
        if (error instanceof OutOfMemoryError) {
            return true;
        }
        String message = String.valueOf(error.getMessage()).toLowerCase(Locale.ROOT);
        return error instanceof EngineException
                && (message.contains("can't allocate memory")
                        || message.contains("not enough memory")
                        || message.contains("out of memory")
                        || message.contains("std::bad_alloc"));
    }
}
