// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.model.hub.FileDigests;
import dev.diptych.engine.model.hub.ModelHub;
import dev.diptych.engine.model.hub.ModelRoot;
import dev.diptych.engine.model.tokenizer.TokenizerFiles;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.server.config.Places;
import dev.diptych.server.option.ExistingFolder;

import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where an installation has its models: the option that names further folders, and the hub over all of them.
final class ModelFolders {
    @Option(
            names = "--models",
            paramLabel = "DIR",
            split = ",",
            converter = ExistingFolder.class,
            scope = ScopeType.INHERIT,
            description =
                    "A further folder of models; may be repeated (default: DIPTYCH_MODELS, with commas between folders).")
    private List<Path> folders = new ArrayList<>();

    Places added(Places places) {
        return places.withModels(folders);
    }

    /// What was added counts before further folders, and these before what plugins bring.
    static ModelHub hub(Places places, PluginHost plugins, FileDigests digests) {
        List<ModelRoot> roots = new ArrayList<>();
        roots.add(ModelRoot.ofData(places.data()));
        places.models().forEach(folder -> roots.add(ModelRoot.ofFolder(folder)));
        plugins.models()
                .forEach(models ->
                        roots.add(
                                ModelRoot.ofPlugin(
                                        models.pluginId(),
                                        models.folder(),
                                        models.licence().isEmpty() ? null : models.licence())));
        return new ModelHub(roots, digests, new TokenizerFiles());
    }
}
