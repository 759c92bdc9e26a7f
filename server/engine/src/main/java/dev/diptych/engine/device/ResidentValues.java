// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import ai.djl.pytorch.engine.PtNDArray;

import dev.diptych.api.error.NodeException;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What a session keeps on its device between calls. Tensors are touched on the device's thread only; the shapes can be read anywhere.
final class ResidentValues {
    private final long most;
    private final Map<String, PtNDArray> tensors = new HashMap<>();
    private final Map<String, GivenShape> shapes = new ConcurrentHashMap<>();

    /// @param most bytes
    ResidentValues(long most) {
        this.most = most;
    }

    Map<String, GivenShape> shapes() {
        return shapes;
    }

    PtNDArray get(String name) {
        PtNDArray tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalStateException("\"" + name + "\" does not stay on the device any more");
        }
        return tensor;
    }

    /// Takes the place of what was kept by these names.
    ///
    /// @throws NodeException if there is more than was reserved; then nothing is kept any more
    void keep(String model, Map<String, PtNDArray> next, Libtorch torch) {
        long bytes = 0;
        next.forEach((name, tensor) -> {
            PtNDArray before = tensors.put(name, tensor);
            if (before != null) {
                before.close();
            }
            shapes.put(name, GivenShape.of(torch.view(tensor)));
        });
        for (PtNDArray tensor : tensors.values()) {
            TensorFunctions.View view = torch.view(tensor);
            bytes += view.elements() * ScalarTypes.bytes(view.scalarType());
        }
        if (bytes > most) {
            clear();
            throw NodeException.resource(
                            "model/session-full",
                            "%s: %d bytes are to stay on the device, %d were reserved.",
                            model,
                            bytes,
                            most)
                    .next("Reserve more in Model.session, or keep less.");
        }
    }

    void clear() {
        tensors.values().forEach(PtNDArray::close);
        tensors.clear();
        shapes.clear();
    }
}
