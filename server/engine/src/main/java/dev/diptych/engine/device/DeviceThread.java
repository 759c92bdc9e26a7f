// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;

/// The one thread of a device that enters libtorch. Tasks run in the order of their arrival.
public final class DeviceThread implements AutoCloseable {
    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean isClosed;

    /// @param name    of the device
    /// @param threads that one operation may use
    public DeviceThread(String name, int threads) {
        thread =
                Thread.ofPlatform()
                        .name("device-" + name)
                        .daemon()
                        .start(() -> {
                            Libtorch.get().prepareThread(threads);
                            while (!isClosed || !tasks.isEmpty()) {
                                try {
                                    tasks.take().run();
                                } catch (InterruptedException _) {
                                    return;
                                }
                            }
                        });
    }

    /// Runs a task there and waits for it.
    <T> T call(Callable<T> task) {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("The device's thread waits for itself");
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        tasks.add(() -> {
            try {
                result.complete(task.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new java.util.concurrent.CancellationException("Interrupted while waiting for the device");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                case Throwable cause -> throw new IllegalStateException(cause);
            }
        }
    }

    /// Ends after the tasks that are there.
    @Override
    public void close() {
        isClosed = true;
        tasks.add(() -> {});
    }
}
