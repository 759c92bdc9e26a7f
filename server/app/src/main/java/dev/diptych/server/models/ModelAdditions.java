// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.models;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.model.hub.ModelId;
import dev.diptych.server.transfer.Downloads;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Models that come in from elsewhere while everything goes on, two at a time. What becomes of them is known until the process ends; what came in so far
/// stays on the disk, and an addition of the same model goes on with it. Thread-safe.
public final class ModelAdditions implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ModelAdditions.class);
    private static final int AT_ONCE = 2;
    private static final int MOST_WAITING = 100;
    private static final int MOST_REMEMBERED = 200;

    private final ModelAdder adder;
    private final Downloads downloads;
    private final boolean allowsPrivate;
    private final ExecutorService threads =
            Executors.newFixedThreadPool(AT_ONCE, Thread.ofPlatform().daemon().name("model-addition-", 1).factory());
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    private static final class Entry {
        private volatile ModelAddition state;
        private volatile boolean isCancelled;
        private Future<?> work = java.util.concurrent.CompletableFuture.completedFuture(null);

        private Entry(ModelAddition state) {
            this.state = state;
        }
    }

    /// @param allowsPrivate whether files may lie in private networks
    public ModelAdditions(ModelAdder adder, Downloads downloads, boolean allowsPrivate) {
        this.adder = adder;
        this.downloads = downloads;
        this.allowsPrivate = allowsPrivate;
    }

    /// Begins to add a model. The answer comes at once.
    ///
    /// @throws NodeException if the name is none, or an addition under it runs, or too many wait
    public synchronized ModelAddition start(String model, List<RemoteFile> files) {
        ModelId.checked(model);
        if (entries.values().stream().anyMatch(entry -> entry.state.isRunning() && entry.state.model().equals(model))) {
            throw NodeException.user("model/exists", "The model \"%s\" is being added already.", model);
        }
        if (entries.values().stream().filter(entry -> entry.state.isRunning()).count() >= MOST_WAITING) {
            throw NodeException.user(
                    "model/too-many", "%d models are being added; wait for one of them.", MOST_WAITING);
        }
        ModelAddition started = ModelAddition.started(UUID.randomUUID().toString(), model, files.size());
        Entry entry = new Entry(started);
        entries.put(started.id(), entry);
        forgetOldest();
        entry.work = threads.submit(() -> add(entry, model, files));
        return started;
    }

    private void forgetOldest() {
        var all = entries.values().iterator();
        while (entries.size() > MOST_REMEMBERED && all.hasNext()) {
            if (!all.next().state.isRunning()) {
                all.remove();
            }
        }
    }

    private void add(Entry entry, String model, List<RemoteFile> files) {
        try {
            adder.fetch(
                    files,
                    model,
                    downloads,
                    allowsPrivate,
                    (file, number, _, bytes, total, left) ->
                            entry.state = entry.state.at(file, number, bytes, total, left));
            entry.state = entry.state.ended(ModelAddition.State.SUCCEEDED, null);
        } catch (InterruptedIOException e) {
            entry.state = entry.state.ended(ModelAddition.State.CANCELLED, null);
        } catch (NodeException e) {
            entry.state =
                    entry.state.ended(
                            ModelAddition.State.FAILED, e.getMessage() + e.next().map(next -> " " + next).orElse(""));
        } catch (IOException e) {
            entry.state =
                    entry.isCancelled
                            ? entry.state.ended(ModelAddition.State.CANCELLED, null)
                            : entry.state.ended(
                                    ModelAddition.State.FAILED, e.getMessage() == null ? e.toString() : e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("The addition of {} failed by a fault of the server", model, e);
            entry.state = entry.state.ended(ModelAddition.State.FAILED, "The server failed; its log says why.");
        }
    }

    public synchronized Optional<ModelAddition> find(String id) {
        return Optional.ofNullable(entries.get(id)).map(entry -> entry.state);
    }

    /// Oldest first.
    public synchronized Collection<ModelAddition> list() {
        return entries.values().stream().map(entry -> entry.state).toList();
    }

    /// Ends an addition; one that has ended stays as it is. What came in stays on the disk.
    ///
    /// @return empty if there is none of this id
    public synchronized Optional<ModelAddition> cancel(String id) {
        Entry entry = entries.get(id);
        if (entry == null) {
            return Optional.empty();
        }
        if (entry.state.isRunning()) {
            entry.isCancelled = true;
            boolean hasNotBegun = entry.state.fileNumber() == 0 && entry.work.cancel(false);
            if (hasNotBegun) {
                entry.state = entry.state.ended(ModelAddition.State.CANCELLED, null);
            }
            entry.work.cancel(true);
        }
        return Optional.of(entry.state);
    }

    @Override
    public void close() {
        threads.shutdownNow();
        downloads.close();
    }
}
