// SPDX-License-Identifier: Apache-2.0

package dev.diptych.testkit;

import dev.diptych.api.model.Architecture;
import dev.diptych.api.model.Config;
import dev.diptych.api.model.Model;
import dev.diptych.api.model.Tokenizer;
import dev.diptych.api.value.ModelReference;
import dev.diptych.engine.device.DeviceModels;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.CallScope;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The models of a folder, computed on the processor in float32 as a worker would. The first call loads libtorch.
///
/// ```java
/// try (FolderModels models = FolderModels.ofPlugin("outline", Path.of("models"), new EdgeDetector())) {
///     var out = NodeRunner.of(Edges.class).with("image", Images.white(64, 64)).withModels(models).run();
/// }
/// ```
public final class FolderModels implements ModelProvider, AutoCloseable {
    private final Devices devices;
    private final ModelProvider installed;

    private FolderModels(ModelRoot root, List<Architecture> architectures) {
        devices =
                new Devices(
                        new Architectures(architectures),
                        DeviceSettings.usual().withPrecision(DeviceSettings.Precision.FLOAT32));
        ModelHub hub = new ModelHub(List.of(root), new FileDigests(null), new TokenizerFiles());
        installed = new InstalledModels(hub, new DeviceModels(hub, devices));
    }

    /// Those that a plugin brings, under the names that they have when it is installed: `models/edges` of `outline` is `outline/edges`.
    ///
    /// @param architectures of their networks
    public static FolderModels ofPlugin(String id, Path folder, Architecture... architectures) {
        return new FolderModels(ModelRoot.ofPlugin(id, folder.toAbsolutePath(), null), List.of(architectures));
    }

    /// Those of any folder, each under its path in it.
    ///
    /// @param architectures of their networks
    public static FolderModels of(Path folder, Architecture... architectures) {
        return new FolderModels(ModelRoot.ofFolder(folder.toAbsolutePath()), List.of(architectures));
    }

    @Override
    public Model model(ModelReference reference, String component, CallScope scope) {
        return installed.model(reference, component, scope);
    }

    @Override
    public Tokenizer tokenizer(ModelReference reference, String component) {
        return installed.tokenizer(reference, component);
    }

    @Override
    public Config config(ModelReference reference, String component) {
        return installed.config(reference, component);
    }

    @Override
    public List<String> components(ModelReference reference) {
        return installed.components(reference);
    }

    @Override
    public String embeddingSpace(ModelReference reference) {
        return installed.embeddingSpace(reference);
    }

    @Override
    public Optional<String> digest(ModelReference reference) {
        return installed.digest(reference);
    }

    @Override
    public void close() {
        devices.close();
    }
}
