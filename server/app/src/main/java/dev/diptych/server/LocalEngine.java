// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.model.Architecture;
import dev.diptych.engine.cache.CacheFolder;
import dev.diptych.engine.cache.ResultCache;
import dev.diptych.engine.device.DeviceModels;
import dev.diptych.engine.device.DeviceSettings;
import dev.diptych.engine.device.Devices;
import dev.diptych.engine.device.NativeLibrary;
import dev.diptych.engine.execution.NodePool;
import dev.diptych.engine.execution.WorkflowExecutor;
import dev.diptych.engine.model.Architectures;
import dev.diptych.engine.model.InstalledModels;
import dev.diptych.engine.model.ModelProvider;
import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.plugin.PluginFolders;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.value.AssetStore;
import dev.diptych.engine.value.ImageFiles;
import dev.diptych.engine.value.Literals;
import dev.diptych.server.config.Places;
import dev.diptych.server.worker.SharedAssets;
import dev.diptych.server.worker.WorkerAssets;
import dev.diptych.server.worker.link.ToServer;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/// The engine in this process, over a data folder: plugins, assets, cache and threads.
///
/// @param assets uploads, and results that were declared as outputs
record LocalEngine(
        PluginHost plugins,
        ModelHub models,
        AssetStore assets,
        WorkerAssets jobAssets,
        ImageFiles images,
        NodePool pool,
        ResultCache cache,
        Devices devices,
        WorkflowExecutor executor)
        implements AutoCloseable {
    private static final String API_VERSION = "0.1.0";

    static LocalEngine open(Places places) throws IOException {
        return open(
                places,
                DeviceSettings.usual(),
                CacheFolder.USUAL_BYTES,
                ImageFiles.DEFAULT_MAX_PIXELS,
                shared -> shared);
    }

    /// @param settings   how it uses the machine
    /// @param cacheBytes limit of the cache folder
    /// @param maxPixels  of a picture that it reads
    /// @param reach      how assets are reached that are not in the data folder
    static LocalEngine open(
            Places places,
            DeviceSettings settings,
            long cacheBytes,
            long maxPixels,
            Function<SharedAssets, WorkerAssets> reach)
            throws IOException {
        PluginHost plugins = PluginHost.open(pluginFolders(places.made()));
        ModelHub models = ModelFolders.hub(places, plugins, new FileDigests(places.modelDigests()));
        AssetStore assets = new AssetStore(places.assets());
        ImageFiles images = new ImageFiles(maxPixels);
        ResultCache cache = ResultCache.open(places.cache(), Runtime.getRuntime().maxMemory() / 4, cacheBytes);
        NodePool pool = new NodePool(Runtime.getRuntime().availableProcessors());
        WorkerAssets jobAssets = reach.apply(new SharedAssets(assets, plugins));
        Literals literals = new Literals(jobAssets, images);
        Devices devices = new Devices(new Architectures(plugins.extensions(Architecture.class)), settings);
        ModelProvider provider = new InstalledModels(models, new DeviceModels(models, devices));
        String version = Version.current() + ", libtorch " + NativeLibrary.VERSION;
        WorkflowExecutor executor = new WorkflowExecutor(plugins, cache, pool, provider, literals, version);
        return new LocalEngine(plugins, models, assets, jobAssets, images, pool, cache, devices, executor);
    }

    static PluginFolders pluginFolders(Places places) {
        return new PluginFolders(places.home(), places.data(), API_VERSION);
    }

    /// What this process' devices are and hold; nothing while none was used.
    List<ToServer.Device> deviceStates() {
        return devices.states().stream()
                .map(state ->
                        new ToServer.Device(
                                state.id(),
                                state.id().replaceFirst(":.*", ""),
                                state.memory().total(),
                                state.memory().weights() + state.memory().inputs() + state.memory().reserved(),
                                state.resident(),
                                new ToServer.Work(
                                        state.counts().calls(),
                                        state.counts().rows(),
                                        state.counts().batches(),
                                        state.counts().joinedBatches(),
                                        Duration.ofNanos(state.counts().busyNanos()),
                                        Duration.ofNanos(state.counts().waitNanos()))))
                .toList();
    }

    @Override
    public void close() {
        pool.close();
        devices.close();
        cache.close();
        plugins.close();
    }
}
