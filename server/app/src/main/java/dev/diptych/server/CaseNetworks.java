// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.error.NodeException;
import dev.diptych.api.model.Model;
import dev.diptych.api.node.NodeContext;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.device.DeviceModels;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.ComponentSource;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.StandaloneScope;
import dev.diptych.engine.model.checkpoint.ModelComponent;
import dev.diptych.engine.model.checkpoint.ModelFolder;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// The networks of conformance cases, each a folder of its own, in float32 on the processor.
final class CaseNetworks implements AutoCloseable {
    private final Devices devices;
    private final StandaloneScope scope = new StandaloneScope("verify");

    CaseNetworks(Architectures architectures) {
        devices = new Devices(architectures, DeviceSettings.usual().withPrecision(DeviceSettings.Precision.FLOAT32));
    }

    /// @throws UnsupportedOperationException if no plugin describes such a network, or not with this configuration
    Model model(Path folder, String className) {
        try {
            ModelComponent component = ModelFolder.open(folder, folder).component(ModelFolder.ONLY);
            return devices.model(
                    new ComponentSource(
                            folder + " " + className,
                            String.valueOf(folder.getFileName()),
                            className,
                            () -> Architectures.config(component),
                            component::open),
                    scope);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NodeException e) {
            if (e.code().equals("model/unknown-class") || e.code().equals("model/config")) {
                throw new UnsupportedOperationException(e.getMessage(), e);
            }
            throw e;
        }
    }

    /// The folder as a model named [dev.diptych.api.node.PipelineContext#MODEL].
    NodeContext node(Path folder) {
        ModelHub hub =
                new ModelHub(
                        List.of(ModelRoot.ofFolder(Objects.requireNonNull(folder.toAbsolutePath().getParent()))),
                        new FileDigests(null),
                        new TokenizerFiles());
        return new CaseNode(
                new InstalledModels(hub, new DeviceModels(hub, devices)),
                new ModelReference(String.valueOf(folder.getFileName())),
                scope);
    }

    @Override
    public void close() {
        scope.close();
        devices.close();
    }
}
