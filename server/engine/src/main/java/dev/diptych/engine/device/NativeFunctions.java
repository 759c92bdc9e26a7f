// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// Functions of C libraries, as handles that are called with [MethodHandle#invokeExact] inside [#call].
final class NativeFunctions {
    private static final Linker LINKER = Linker.nativeLinker();

    private NativeFunctions() {}

    /// The C library's own.
    static SymbolLookup standard() {
        return LINKER.defaultLookup();
    }

    static Optional<MethodHandle> find(SymbolLookup library, String name, FunctionDescriptor type) {
        return library.find(name).map(address -> LINKER.downcallHandle(address, type));
    }

    /// @throws java.util.NoSuchElementException if the library lacks it
    static MethodHandle get(SymbolLookup library, String name, FunctionDescriptor type) {
        return LINKER.downcallHandle(library.findOrThrow(name), type);
    }

    /// What calls handles.
    interface Call<T> {
        T run() throws Throwable;
    }

    /// A handle is declared to throw anything, and a C function throws nothing: what comes is Java's own.
    static <T> T call(Call<T> call) {
        try {
            return call.run();
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /// What calls handles of functions that give nothing.
    interface Action {
        void run() throws Throwable;
    }

    /// As [#call]. The handle is called in a statement: as a lambda's expression it would be asked for an object.
    static void run(Action action) {
        boolean _ =
                call(() -> {
                    action.run();
                    return true;
                });
    }
}
