// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.model.checkpoint;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.function.Supplier;

/// A segment that is computed when it is asked for, and shared while anybody still holds it.
public final class LazyData implements Supplier<MemorySegment> {
    private final Supplier<MemorySegment> compute;
    private WeakReference<MemorySegment> last = new WeakReference<>(null);

    public LazyData(Supplier<MemorySegment> compute) {
        this.compute = compute;
    }

    @Override
    public synchronized MemorySegment get() {
        MemorySegment data = last.get();
        if (data == null) {
            data = compute.get();
            last = new WeakReference<>(data);
        }
        return data;
    }
}
