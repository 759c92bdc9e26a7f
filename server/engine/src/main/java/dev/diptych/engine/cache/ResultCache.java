// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.PortSchema;
import dev.diptych.engine.value.TypedValue;
import dev.diptych.engine.value.ValueCodec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Results of nodes by content, in memory and on disk. Survives a restart; several processes may share its folder. Thread-safe.
public final class ResultCache implements AutoCloseable {
    private final Cache<String, CacheEntry> memory;
    private final @Nullable DiskTier disk;
    private final @Nullable MissReasons reasons;
    private final BackgroundWrites writes = new BackgroundWrites();
    private final Map<String, Flight> flights = new ConcurrentHashMap<>();

    private ResultCache(long memoryBytes, @Nullable DiskTier disk, @Nullable MissReasons reasons) {
        this.memory =
                Caffeine.newBuilder()
                        .executor(Runnable::run) // its housekeeping takes less than waking another thread for it
                        .maximumWeight(memoryBytes)
                        .weigher((String _, CacheEntry entry) -> (int) Math.min(Integer.MAX_VALUE, entry.bytes()))
                        .build();
        this.disk = disk;
        this.reasons = reasons;
    }

    /// @param memoryBytes limit of the memory tier
    /// @param diskBytes   limit of the folder, with all that others keep there
    public static ResultCache open(Path folder, long memoryBytes, long diskBytes) throws IOException {
        CacheFolder cache = new CacheFolder(folder, diskBytes);
        return new ResultCache(memoryBytes, new DiskTier(cache), new MissReasons(cache));
    }

    /// Nothing on disk.
    public static ResultCache inMemory(long memoryBytes) {
        return new ResultCache(memoryBytes, null, null);
    }

    /// @return null on a miss
    public @Nullable CacheEntry find(CacheKey key, NodeSchema schema) {
        CacheEntry entry = memory.getIfPresent(key.digest());
        if (entry != null || disk == null) {
            return entry;
        }
        if (!disk.mayHave(key.digest())) {
            return null;
        }
        Map<?, ?> values = disk.read(key.digest());
        if (values == null || !values.keySet().equals(schema.outputs().keySet())) {
            return null;
        }
        LinkedHashMap<String, TypedValue> outputs = new LinkedHashMap<>();
        long bytes = 0;
        for (PortSchema port : schema.outputs().values()) {
            Object value = java.util.Objects.requireNonNull(values.get(port.name()));
            outputs.put(port.name(), ValueCodec.typed(port.type(), value));
            bytes += ValueCodec.encode(value).length;
        }
        CacheEntry found = CacheEntry.of(outputs, bytes);
        memory.put(key.digest(), found);
        return found;
    }

    /// In memory at once, on disk soon. What is not on disk yet when the process dies is computed again.
    public void store(CacheKey key, CacheEntry entry) {
        memory.put(key.digest(), entry);
        DiskTier tier = disk;
        if (tier != null) {
            writes.add(entry.bytes(), () -> tier.write(key.digest(), entry));
        }
    }

    /// Waits until all that was stored is on disk.
    public void flush() {
        writes.flush();
    }

    /// Writes what is left.
    @Override
    public void close() {
        writes.close();
    }

    /// Notes what a node's key is made from in this run of it, so that a later miss can be explained.
    ///
    /// @param workflow owner and workflow
    /// @param parts    of the key, with short inputs shown as they are written
    /// @return what they were at the owner's last run; null if there was none, or without a disk tier
    public @Nullable Map<String, String> note(String workflow, String node, Map<String, String> parts) {
        return reasons == null ? null : reasons.note(workflow, node, parts);
    }

    /// Why a node ran that was not in the cache, in words.
    ///
    /// @param before what [#note] gave
    public String explainMiss(@Nullable Map<String, String> before, Map<String, String> parts) {
        return reasons == null ? "" : MissReasons.reason(before, parts);
    }

    /// Keeps the notes of a run that has ended.
    public void keepNotes(String workflow) {
        MissReasons noted = reasons;
        if (noted != null && noted.isChanged(workflow)) {
            writes.add(0, () -> noted.write(workflow));
        }
    }

    /// Enters the flight for a key: the first to enter leads, and computes; the others wait to be told.
    ///
    /// @param landed called with the leader's entry, or with null when this caller has become the leader, because the one before failed or was cancelled
    /// @return whether this caller leads; then it must call [#land] in any case
    public boolean enter(CacheKey key, Consumer<@Nullable CacheEntry> landed) {
        boolean[] leads = new boolean[1];
        flights.compute(
                key.digest(),
                (_, flight) -> {
                    if (flight == null) {
                        leads[0] = true;
                        return new Flight();
                    }
                    flight.waiting.add(landed);
                    return flight;
                });
        return leads[0];
    }

    /// Stops waiting for a flight.
    ///
    /// @param landed what was given to [#enter]
    /// @return false if it is told already, or being told: then it has heard, or will hear at once, and may lead
    public boolean leave(CacheKey key, Consumer<@Nullable CacheEntry> landed) {
        boolean[] left = new boolean[1];
        flights.computeIfPresent(
                key.digest(),
                (_, flight) -> {
                    left[0] = flight.waiting.remove(landed);
                    return flight;
                });
        return left[0];
    }

    /// Ends the caller's lead.
    ///
    /// @param entry the result, or null: then the next waiter takes over
    public void land(CacheKey key, @Nullable CacheEntry entry) {
        java.util.List<Consumer<@Nullable CacheEntry>> told = new java.util.ArrayList<>();
        flights.computeIfPresent(
                key.digest(),
                (_, flight) -> {
                    if (entry != null || flight.waiting.isEmpty()) {
                        told.addAll(flight.waiting);
                        return null;
                    }
                    told.add(flight.waiting.remove());
                    return flight;
                });
        told.forEach(waiter -> waiter.accept(entry));
    }

    private static final class Flight {
        final java.util.ArrayDeque<Consumer<@Nullable CacheEntry>> waiting = new java.util.ArrayDeque<>();
    }
}
