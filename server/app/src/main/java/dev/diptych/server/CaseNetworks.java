// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.engine.device.DeviceModel;
import dev.diptych.engine.device.DeviceThread;
import dev.diptych.engine.device.torchscript.NumberFormat;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.checkpoint.ModelFolder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// The networks of conformance cases, each a folder of its own, in float32 on the processor.
final class CaseNetworks implements AutoCloseable {
    private final Architectures architectures;
    private final DeviceThread device = new DeviceThread("cpu", Runtime.getRuntime().availableProcessors());

    CaseNetworks(Architectures architectures) {
        this.architectures = architectures;
    }

    /// @throws UnsupportedOperationException if no plugin describes such a network, or not with this configuration
    Model model(Path folder, String className) {
        try {
            return DeviceModel.load(
                    device,
                    architectures,
                    ModelFolder.open(folder, folder).component(ModelFolder.ONLY),
                    className,
                    NumberFormat.FLOAT32);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NodeException e) {
            if (e.code().equals("model/unknown-class") || e.code().equals("model/config")) {
                throw new UnsupportedOperationException(e.getMessage(), e);
            }
            throw e;
        }
    }

    @Override
    public void close() {
        device.close();
    }
}
