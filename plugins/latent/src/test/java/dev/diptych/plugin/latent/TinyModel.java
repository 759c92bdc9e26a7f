// SPDX-License-Identifier: Apache-2.0

package dev.diptych.plugin.latent;

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
import dev.diptych.plugin.clip.network.ClipTextArchitecture;
import dev.diptych.plugin.diffusion.network.AutoencoderKl;
import dev.diptych.plugin.diffusion.network.UNet2DConditionModel;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The small Stable Diffusion of `src/test/resources/pipelines`, on the processor. Its components and settings can be changed.
final class TinyModel implements ModelProvider, AutoCloseable {
    static final Path FOLDER = Path.of("src/test/resources/pipelines");
    static final ModelReference REFERENCE = new ModelReference("model");

    private final Devices devices =
            new Devices(
                    new Architectures(
                            List.of(new ClipTextArchitecture(), new AutoencoderKl(), new UNet2DConditionModel())),
                    DeviceSettings.usual().withPrecision(DeviceSettings.Precision.FLOAT32));
    private final ModelProvider installed;
    private final List<String> lacking;
    private final Map<String, Object> scheduler;

    /// @param lacking   components that it is to have no more
    /// @param scheduler settings that take the place of the scheduler's own
    TinyModel(List<String> lacking, Map<String, Object> scheduler) {
        ModelHub hub =
                new ModelHub(
                        List.of(ModelRoot.ofFolder(FOLDER.toAbsolutePath())),
                        new FileDigests(null),
                        new TokenizerFiles());
        this.installed = new InstalledModels(hub, new DeviceModels(hub, devices));
        this.lacking = lacking;
        this.scheduler = scheduler;
    }

    TinyModel() {
        this(List.of(), Map.of());
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
        Config own = installed.config(reference, component);
        if (!component.equals("scheduler")) {
            return own;
        }
        Map<String, Object> changed = new LinkedHashMap<>(own.values());
        changed.putAll(scheduler);
        return new Config(own.place(), changed);
    }

    @Override
    public List<String> components(ModelReference reference) {
        return installed.components(reference).stream().filter(name -> !lacking.contains(name)).toList();
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
