// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Callable;

/// Calls that belong to no run of a workflow: a command's, a test's. Closing it is the end of the node it stands for.
public final class StandaloneScope implements CallScope, AutoCloseable {
    private final String owner;
    private final boolean isDeterministic;
    private final Deque<AutoCloseable> resources = new ArrayDeque<>();

    public StandaloneScope(String owner) {
        this(owner, false);
    }

    /// @param isDeterministic whether calls are computed alone, and with as many threads whatever else the machine does
    public StandaloneScope(String owner, boolean isDeterministic) {
        this.owner = owner;
        this.isDeterministic = isDeterministic;
    }

    @Override
    public String owner() {
        return owner;
    }

    @Override
    public boolean isInteractive() {
        return false;
    }

    @Override
    public boolean isDeterministic() {
        return isDeterministic;
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public <T> T away(Callable<T> wait) throws Exception {
        return wait.call();
    }

    @Override
    public synchronized void closeAtEnd(AutoCloseable resource) {
        resources.push(resource);
    }

    @Override
    public synchronized void close() {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
