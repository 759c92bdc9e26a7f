// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import dev.diptych.api.model.Model;
import dev.diptych.api.value.Tensor;
import dev.diptych.engine.device.torchscript.NumberFormat;

import java.util.Map;
import java.util.concurrent.RejectedExecutionException;

/// Calls whose values stay on one device, in memory that was reserved for them. Calls are made one after the other.
final class SharedSession implements Model.Session {
    private final SharedModel model;
    private final Device device;
    private final MemoryBudget.Reservation reservation;
    private final NumberFormat format;
    private final ResidentValues values;
    private boolean isClosed;

    SharedSession(SharedModel model, Device device, MemoryBudget.Reservation reservation, NumberFormat format) {
        this.model = model;
        this.device = device;
        this.reservation = reservation;
        this.format = format;
        this.values = new ResidentValues(reservation.bytes());
    }

    @Override
    public synchronized Map<String, Tensor> call(String function, Map<String, Tensor> inputs) {
        if (isClosed) {
            throw new IllegalStateException("The session is closed");
        }
        return model.call(device, function, inputs, null, values, format);
    }

    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            device.schedule()
                    .run(() -> {
                        values.clear();
                        return true;
                    })
                    .whenComplete((_, _) -> reservation.close());
        } catch (RejectedExecutionException _) {
            reservation.close(); // the device ended, and all that was on it
        }
    }
}
