// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.tokenizer;

import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;

import dev.diptych.api.error.NodeException;

import org.jspecify.annotations.Nullable;

/// The native library that runs tokenizers: loaded once, at the first use, from the engine's class loader, and from nowhere but its jar.
final class OfflineLibrary {
    private OfflineLibrary() {}

    /// Loaded by the first call, or not at all.
    private static final class Holder {
        static final @Nullable Throwable FAILURE = load();

        private Holder() {}
    }

    /// @throws NodeException if there is none for this machine
    static void require() {
        Throwable failure = Holder.FAILURE;
        if (failure != null) {
            throw NodeException.resource(
                            "engine/no-tokenizer-library",
                            "The native library for tokenizers cannot be loaded: %s.",
                            String.valueOf(failure.getMessage()))
                    .next(
                            "Linux on x86-64 and ARM, macOS on ARM and Windows on x86-64 have one; its folder, ~/.djl.ai or"
                                    + " DJL_CACHE_DIR, must be writable.")
                    .causedBy(failure);
        }
    }

    /// DJL reads these settings from the environment, and then from system properties: no native library is looked for in the network, none for a graphics
    /// card, and nothing is reported to DJL's makers. It looks for the one in its jar with the thread's class loader, which in a node's thread may be a plugin's.
    private static @Nullable Throwable load() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("RUST_FLAVOR", "cpu");
        Thread thread = Thread.currentThread();
        ClassLoader loader = thread.getContextClassLoader();
        try {
            thread.setContextClassLoader(OfflineLibrary.class.getClassLoader());
            return TokenizersLibrary.LIB == null ? new IllegalStateException("it is not there") : null;
        } catch (ExceptionInInitializerError e) {
            return e.getCause() == null ? e : e.getCause();
        } catch (RuntimeException | LinkageError e) {
            return e;
        } finally {
            thread.setContextClassLoader(loader);
        }
    }
}
