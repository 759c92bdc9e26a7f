// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.WorkflowDocument;

import org.pf4j.PluginDependency;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginWrapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The plugins of an installation: loads what can be loaded, reports what cannot, with the reason and the fix. A broken plugin costs nothing else.
/// Immutable after [#open]; thread-safe.
public final class PluginHost implements NodeLibrary, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PluginHost.class);

    private final IsolatingPluginManager manager;
    private final Map<String, PluginCandidates.Candidate> sources = new LinkedHashMap<>();
    private final Map<String, String> digests = new LinkedHashMap<>();
    private final List<PluginReport> reports = new ArrayList<>();
    private final ClassLibrary nodes = new ClassLibrary();
    private final Extensions extensions = new Extensions();

    private PluginHost(PluginFolders folders, List<PluginCandidates.Candidate> candidates, List<PluginReport> refused) {
        manager = new IsolatingPluginManager(folders.archives(), folders.apiVersion());
        reports.addAll(refused);
        refused.forEach(
                report -> LOG.warn("Plugin {} is not loaded: {}. {}", report.id(), report.reason(), report.fix()));
        candidates.forEach(this::load);
        List<PluginWrapper> loaded =
                sources.keySet().stream().map(manager::getPlugin).filter(Objects::nonNull).toList();
        Set<String> there = new LinkedHashSet<>(sources.keySet());
        refused.forEach(report -> there.add(report.id()));
        DependencyOrder order = new DependencyOrder(loaded, there, manager.getVersionManager());
        order.misfits().forEach(misfit -> drop(misfit.plugin(), misfit.reason(), misfit.fix()));
        order.plugins().forEach(this::readNodes);
    }

    /// Finds and loads all plugins.
    ///
    /// @throws IOException if the folders themselves cannot be read
    public static PluginHost open(PluginFolders folders) throws IOException {
        PluginCandidates candidates = new PluginCandidates(folders);
        return open(folders, candidates.found(), candidates.refused());
    }

    static PluginHost open(
            PluginFolders folders, List<PluginCandidates.Candidate> candidates, List<PluginReport> refused) {
        return new PluginHost(folders, candidates, refused);
    }

    private void load(PluginCandidates.Candidate candidate) {
        String source = candidate.source().toString();
        try {
            PluginDescriptor descriptor = DescriptorReader.read(candidate.folder());
            PluginCandidates.Candidate other = sources.get(descriptor.getPluginId());
            if (other != null) {
                throw new BrokenPluginException(
                        "the plugin " + descriptor.getPluginId() + " is there already, from " + other.source(),
                        "Remove one of the two.",
                        null);
            }
            sources.put(descriptor.getPluginId(), candidate);
            PluginWrapper plugin = manager.loadPluginFromPath(candidate.folder());
            if (!manager.fits(plugin)) {
                drop(
                        plugin,
                        "it needs version "
                                + descriptor.getRequires()
                                + " of the plugin API, this is "
                                + manager.getSystemVersion(),
                        "Install a version of the plugin that was made for this Diptych.");
            }
        } catch (BrokenPluginException e) {
            refuse(candidate, e.reason(), e.fix());
        } catch (RuntimeException e) {
            refuse(candidate, "it cannot be loaded (" + e + ")", "Build or download the plugin again.");
        }
    }

    private void refuse(PluginCandidates.Candidate candidate, String reason, String fix) {
        String name = String.valueOf(candidate.source().getFileName());
        reports.add(PluginReport.broken(name, "", candidate.source().toString(), reason, fix));
        LOG.warn("Plugin {} is not loaded: {}. {}", name, reason, fix);
    }

    private void drop(PluginWrapper plugin, String reason, String fix) {
        String id = plugin.getPluginId();
        String version = plugin.getDescriptor().getVersion();
        reports.add(PluginReport.broken(id, version, source(id).source().toString(), reason, fix));
        LOG.warn("Plugin {} is not loaded: {}. {}", id, reason, fix);
        manager.unload(plugin);
    }

    private PluginCandidates.Candidate source(String id) {
        return Objects.requireNonNull(sources.get(id));
    }

    private void readNodes(PluginWrapper plugin) {
        String id = plugin.getPluginId();
        try {
            String digest = combinedDigest(plugin);
            NodeClassFinder finder = new NodeClassFinder(plugin.getPluginClassLoader(), source(id).marked());
            List<Class<?>> classes = finder.find();
            List<String> types = nodes.add(classes, id, digest);
            extensions.add(id, classes);
            digests.put(id, digest);
            reports.add(
                    new PluginReport(
                            id,
                            plugin.getDescriptor().getVersion(),
                            PluginReport.State.LOADED,
                            source(id).source().toString(),
                            digest,
                            "",
                            "",
                            types));
        } catch (BrokenPluginException e) {
            drop(plugin, e.reason(), e.fix());
        } catch (SchemaException e) {
            drop(plugin, String.valueOf(e.getMessage()), "Tell the author of the plugin.");
        } catch (IOException | ReflectiveOperationException | LinkageError | RuntimeException e) {
            drop(plugin, "its classes cannot be loaded (" + e + ")", "Build or download the plugin again.");
        }
    }

    /// Of the plugin and of all that it depends on; dependencies come first, so theirs are known.
    private String combinedDigest(PluginWrapper plugin) {
        List<String> parts = new ArrayList<>();
        parts.add(source(plugin.getPluginId()).digest());
        for (PluginDependency dependency : plugin.getDescriptor().getDependencies()) {
            String id = dependency.getPluginId();
            String digest = digests.get(id);
            if (digest == null && !dependency.isOptional()) {
                throw new BrokenPluginException(
                        "it needs the plugin " + id + ", which is broken", "See what is said about " + id + ".", null);
            }
            parts.add(id + " " + digest);
        }
        return FileDigest.ofTexts(parts);
    }

    /// What became of each plugin, broken ones included, by id.
    public List<PluginReport> reports() {
        return reports.stream().sorted(Comparator.comparing(PluginReport::id)).toList();
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return nodes.find(type);
    }

    @Override
    public Collection<NodeSchema> all() {
        return nodes.all();
    }

    @Override
    public NodeInvoker invoker(String type) {
        return nodes.invoker(type);
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        return nodes.migrate(nodeId, node);
    }

    /// A file that a plugin brings: its resource `assets/<path>`.
    ///
    /// @return empty if there is no such plugin or file, or the path leaves the folder
    public Optional<byte[]> asset(String pluginId, String path) {
        if (!digests.containsKey(pluginId)) {
            return Optional.empty();
        }
        return file(source(pluginId).folder().resolve("classes/assets"), path);
    }

    /// A vocabulary that some plugin brings: the resource `vocabularies/<name>` of the first one that has it, dependencies before dependents.
    ///
    /// @return empty if none has it, or the name leaves the folder
    public Optional<byte[]> vocabulary(String name) {
        return digests.keySet().stream()
                .map(id -> file(source(id).folder().resolve("classes/vocabularies"), name))
                .flatMap(Optional::stream)
                .findFirst();
    }

    private static Optional<byte[]> file(Path folder, String path) {
        try {
            Path file = folder.resolve(path);
            boolean isInside = !path.contains("\\") && file.startsWith(folder) && file.equals(file.normalize());
            return isInside && Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
        } catch (InvalidPathException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Instances, made now, of the extension classes of a type, from plugins in the order of their dependencies: those that others depend on come first.
    /// One whose constructor throws is logged and left out.
    public <T> List<T> extensions(Class<T> type) {
        return extensions.of(type);
    }

    /// The models that plugins bring: in a checkout the folder `models` of the plugin, in an archive that folder of it.
    public List<PluginModels> models() {
        List<PluginModels> models = new ArrayList<>();
        for (Map.Entry<String, PluginCandidates.Candidate> plugin : sources.entrySet()) {
            Path folder = plugin.getValue().beside("models");
            if (digests.containsKey(plugin.getKey()) && Files.isDirectory(folder)) {
                String licence = manager.getPlugin(plugin.getKey()).getDescriptor().getLicense();
                models.add(new PluginModels(plugin.getKey(), folder, licence == null ? "" : licence));
            }
        }
        return models;
    }

    /// A folder of models.
    ///
    /// @param licence of the plugin; empty if it names none
    public record PluginModels(String pluginId, Path folder, String licence) {}

    /// What has loaded a plugin's classes.
    ClassLoader loader(String pluginId) {
        return manager.getPluginClassLoader(pluginId);
    }

    @Override
    public void close() {
        List.copyOf(manager.getPlugins()).forEach(manager::unload);
    }

    /// Pins an archive and copies it into the data folder, in place of an older one of the same plugin. It is loaded by the next [#open].
    /// An archive that would not load is not installed, and nothing changes. The same holds for one with a lower version than the installed one.
    ///
    /// @param allowsOlder takes a lower version, too
    /// @return what a load of it says
    /// @throws IOException if it cannot be read or copied
    public static PluginReport add(Path archive, PluginFolders folders, boolean allowsOlder) throws IOException {
        return new PluginArchives(folders).add(archive, allowsOlder);
    }

    /// Removes an installed archive by plugin id or file name. What was unpacked of it stays until [#deleteRemoved].
    ///
    /// @return whether there was one
    public static boolean remove(String idOrFile, PluginFolders folders) throws IOException {
        return new PluginArchives(folders).remove(idOrFile);
    }

    /// Deletes what was unpacked of archives that are no longer installed. To be called while no server has them loaded.
    public static void deleteRemoved(PluginFolders folders) {
        new PluginCopies(folders.work()).deleteRemoved();
    }
}
