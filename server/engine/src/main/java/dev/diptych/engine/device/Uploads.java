// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;

import dev.diptych.api.value.Tensor;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Inputs on their way to the device. What is given again and again, as a prompt's embedding at each step, is copied once: tensors are immutable, so the same object
/// is the same content. Copies go when nobody in Java has the tensor any more, when others were used more recently, or when memory is needed.
///
/// Belongs to a device's thread.
final class Uploads implements AutoCloseable {
    /// Below, finding the copy takes as long as making it.
    static final long LEAST_KEPT = 16 << 10;

    private static final int STOPS_KEEPING = 4;

    private final Libtorch torch;
    private final NativeMemory memory;
    private final MemoryBudget budget;
    private final String device;
    private final long most;
    private final LinkedHashMap<List<Identity>, Kept> kept = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<Identity, Slice> slices = new HashMap<>();
    private final ReferenceQueue<Tensor> gone = new ReferenceQueue<>();
    private final Map<Identity, List<Identity>> lists = new IdentityHashMap<>();
    private long call;
    private long bytes;
    private long hits;

    /// @param most bytes that are kept
    Uploads(Libtorch torch, NativeMemory memory, MemoryBudget budget, String device, long most) {
        this.torch = torch;
        this.memory = memory;
        this.budget = budget;
        this.device = device;
        this.most = most;
    }

    /// Whether an input of a function is given again and again: what never comes back is not worth keeping.
    static final class Habit {
        private int fresh;
        private WeakReference<@Nullable Tensor> last = new WeakReference<>(null);

        boolean keeps(Tensor next) {
            if (last.refersTo(next)) {
                fresh = 0;
            } else {
                last = new WeakReference<>(next);
            }
            return fresh < STOPS_KEEPING;
        }
    }

    /// A tensor by identity, without keeping it alive.
    private static final class Identity extends WeakReference<Tensor> {
        private final int hash;

        Identity(Tensor tensor, @Nullable ReferenceQueue<Tensor> queue) {
            super(tensor, queue);
            hash = System.identityHashCode(tensor);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return this == other
                    || other instanceof Identity that && hash == that.hash && get() != null && refersTo(that.get());
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private static final class Kept {
        private final PtNDArray tensor;
        private final MemorySegment memory;
        private final long bytes;
        private long usedIn;

        Kept(PtNDArray tensor, MemorySegment memory, long bytes, long usedIn) {
            this.tensor = tensor;
            this.memory = memory;
            this.bytes = bytes;
            this.usedIn = usedIn;
        }
    }

    /// Where a tensor lies in what is kept.
    private record Slice(List<Identity> in, MemorySegment memory, long offset) {}

    /// An input on the device. Closed after the call.
    final class Upload implements AutoCloseable {
        private final PtNDArray tensor;
        private final @Nullable MemorySegment own;

        private Upload(PtNDArray tensor, @Nullable MemorySegment own) {
            this.tensor = tensor;
            this.own = own;
        }

        PtNDArray tensor() {
            return tensor;
        }

        @Override
        public void close() {
            if (own != null) {
                tensor.close();
                memory.give(own);
            }
        }
    }

    /// Begins another call: copies that the one before used may go.
    void beginCall() {
        call++;
    }

    /// Puts tensors of one type below each other.
    ///
    /// @param rows of one shape but for the first size
    Upload put(List<Tensor> rows, Habit habit) {
        long size = rows.stream().mapToLong(HostTensors::bytes).sum();
        if (size < LEAST_KEPT || size > most || !habit.keeps(rows.getFirst())) {
            return once(rows, size);
        }
        forgetGone();
        List<Identity> key = rows.stream().map(tensor -> new Identity(tensor, gone)).toList();
        Kept known = kept.get(key);
        if (known != null) {
            hits++;
            habit.fresh = 0;
            known.usedIn = call;
            return new Upload(known.tensor, null);
        }
        evict(bytes + size - most);
        return bytes + size > most ? once(rows, size) : new Upload(keep(key, rows, size, habit), null);
    }

    private Upload once(List<Tensor> rows, long size) {
        MemorySegment target = memory.take(size);
        long offset = 0;
        for (Tensor tensor : rows) {
            HostTensors.write(tensor, target, offset);
            offset += HostTensors.bytes(tensor);
        }
        return new Upload(over(target, rows), target);
    }

    private PtNDArray keep(List<Identity> key, List<Tensor> rows, long size, Habit habit) {
        MemorySegment target = memory.take(size);
        boolean hasComeBack = false;
        long offset = 0;
        for (int i = 0; i < rows.size(); i++) {
            Tensor tensor = rows.get(i);
            long length = HostTensors.bytes(tensor);
            Slice slice = slices.get(key.get(i));
            if (slice != null) {
                MemorySegment.copy(slice.memory(), slice.offset(), target, offset, length);
                hasComeBack = true;
            } else {
                HostTensors.write(tensor, target, offset);
            }
            slices.remove(key.get(i)); // with the reference that belongs to the older list
            slices.put(key.get(i), new Slice(key, target, offset));
            lists.put(key.get(i), key);
            offset += length;
        }
        habit.fresh = hasComeBack ? 0 : habit.fresh + 1;
        PtNDArray tensor = over(target, rows);
        if (!device.equals("cpu")) {
            tensor = LoadedWeights.placed(torch, new PtNDArray[] {tensor}, device)[0];
        }
        kept.put(key, new Kept(tensor, target, size, call));
        bytes += size;
        budget.addInputs(size);
        return tensor;
    }

    private PtNDArray over(MemorySegment target, List<Tensor> rows) {
        long[] shape = HostTensors.shape(rows.getFirst());
        for (Tensor more : rows.subList(1, rows.size())) {
            shape[0] += more.size(0);
        }
        return torch.over(target, HostTensors.scalarType(rows.getFirst().type()), shape);
    }

    /// Drops what holds a tensor that nobody has any more.
    private void forgetGone() {
        for (Reference<? extends Tensor> dead = gone.poll(); dead != null; dead = gone.poll()) {
            List<Identity> key = lists.get(dead);
            if (key != null) {
                drop(key);
            }
        }
    }

    private void drop(List<Identity> key) {
        Kept dropped = null;
        for (var entries = kept.entrySet().iterator(); entries.hasNext(); ) {
            Map.Entry<List<Identity>, Kept> entry = entries.next();
            if (entry.getKey() == key) {
                dropped = entry.getValue();
                entries.remove();
                break;
            }
        }
        for (Identity each : key) {
            lists.remove(each, key);
            Slice slice = slices.get(each);
            if (slice != null && slice.in() == key) {
                slices.remove(each);
            }
        }
        if (dropped != null) {
            dropped.tensor.close();
            memory.give(dropped.memory);
            bytes -= dropped.bytes;
            budget.addInputs(-dropped.bytes);
        }
    }

    /// Drops copies, those first that were not used for longest, until so many bytes are free or only those of the present call are left.
    ///
    /// @return what was freed
    long evict(long wanted) {
        long before = bytes;
        for (Map.Entry<List<Identity>, Kept> entry : List.copyOf(kept.entrySet())) {
            if (before - bytes >= wanted) {
                break;
            }
            if (entry.getValue().usedIn != call) {
                drop(entry.getKey());
            }
        }
        return before - bytes;
    }

    /// How often a copy was there.
    long hits() {
        return hits;
    }

    @Override
    public void close() {
        beginCall();
        evict(Long.MAX_VALUE);
    }
}
