// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import dev.diptych.api.node.MigratesFrom;
import dev.diptych.api.node.Node;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.WorkflowDocument;

import org.pf4j.DependencyResolver;
import org.pf4j.PluginDependency;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PluginWrapper;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/// The plugins of an installation: loads what can be loaded, reports what cannot, with the reason and the fix. A broken plugin costs nothing else.
/// Immutable after [#open]; thread-safe.
public final class PluginHost implements NodeLibrary, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PluginHost.class);

    private final IsolatingPluginManager manager;
    private final Map<String, PluginCandidates.Candidate> sources = new HashMap<>();
    private final Map<String, String> digests = new HashMap<>();
    private final List<PluginReport> reports = new ArrayList<>();
    private final Map<String, NodeSchema> schemas = new TreeMap<>();
    private final Map<String, Class<?>> classes = new HashMap<>();
    private final Map<String, NodeInvoker> invokers = new HashMap<>();

    private PluginHost(IsolatingPluginManager manager) {
        this.manager = manager;
    }

    /// Finds and loads all plugins.
    ///
    /// @throws IOException if the folders themselves cannot be read
    public static PluginHost open(PluginFolders folders) throws IOException {
        PluginHost host = new PluginHost(new IsolatingPluginManager(folders.archives(), folders.apiVersion()));
        PluginCandidates candidates = new PluginCandidates(folders);
        host.reports.addAll(candidates.refused());
        candidates.found().forEach(host::load);
        host.dropUnresolvable();
        host.manager.getResolvedPlugins().forEach(host::readNodes);
        return host;
    }

    private void load(PluginCandidates.Candidate candidate) {
        String source = candidate.source().toString();
        String name = candidate.source().getFileName().toString();
        try {
            PluginWrapper plugin = manager.loadPluginFromPath(candidate.folder());
            sources.put(plugin.getPluginId(), candidate);
            if (!manager.fits(plugin)) {
                drop(
                        plugin,
                        "it needs version "
                                + plugin.getDescriptor().getRequires()
                                + " of the plugin API, this is "
                                + manager.getSystemVersion(),
                        "Install a version of the plugin that was made for this Diptych.");
            }
        } catch (PluginRuntimeException | IllegalArgumentException e) {
            reports.add(
                    PluginReport.broken(
                            name, "", source, String.valueOf(e.getMessage()), "Build or download the plugin again."));
        }
    }

    private void drop(PluginWrapper plugin, String reason, String fix) {
        String id = plugin.getPluginId();
        PluginCandidates.Candidate candidate = sources.get(id);
        reports.add(
                PluginReport.broken(
                        id,
                        plugin.getDescriptor().getVersion(),
                        candidate == null ? "" : candidate.source().toString(),
                        reason,
                        fix));
        LOG.warn("Plugin {} is not loaded: {}. {}", id, reason, fix);
        manager.unloadPlugin(id);
    }

    /// Takes out what cannot be resolved, and then what depends on it, until the rest fits together.
    private void dropUnresolvable() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (PluginWrapper plugin : List.copyOf(manager.getPlugins())) {
                for (PluginDependency dependency : plugin.getDescriptor().getDependencies()) {
                    Optional<String> reason = missing(dependency);
                    if (reason.isPresent()) {
                        drop(
                                plugin,
                                reason.get(),
                                "Run: diptych plugin add with an archive of " + dependency.getPluginId());
                        changed = true;
                        break;
                    }
                }
            }
        }
        try {
            manager.resolve();
        } catch (DependencyResolver.CyclicDependencyException e) {
            for (PluginWrapper plugin : List.copyOf(manager.getPlugins())) {
                if (!plugin.getDescriptor().getDependencies().isEmpty()) {
                    drop(plugin, "plugins depend on each other in a circle", "Remove one of them.");
                }
            }
            manager.resolve();
        }
    }

    private Optional<String> missing(PluginDependency dependency) {
        PluginWrapper other = manager.getPlugin(dependency.getPluginId());
        String version = dependency.getPluginVersionSupport();
        if (other == null) {
            return dependency.isOptional()
                    ? Optional.empty()
                    : Optional.of(
                            "it needs the plugin " + dependency.getPluginId() + " " + version + ", which is not there");
        }
        String found = other.getDescriptor().getVersion();
        return version.equals("*") || manager.getVersionManager().checkVersionConstraint(found, version)
                ? Optional.empty()
                : Optional.of(
                        "it needs the plugin "
                                + dependency.getPluginId()
                                + " "
                                + version
                                + ", and "
                                + found
                                + " is there");
    }

    private void readNodes(PluginWrapper plugin) {
        String id = plugin.getPluginId();
        try {
            String digest = combinedDigest(plugin);
            Map<String, NodeSchema> found = new LinkedHashMap<>();
            Map<String, Class<?>> types = new LinkedHashMap<>();
            for (String name : extensionNames(plugin)) {
                Class<?> type = plugin.getPluginClassLoader().loadClass(name);
                if (!Node.class.isAssignableFrom(type)) {
                    continue;
                }
                NodeSchema schema = SchemaReader.read(type, id, digest);
                NodeSchema other = schemas.get(schema.type());
                if (other != null || found.containsKey(schema.type())) {
                    throw new SchemaException(
                            List.of(
                                    "The node type "
                                            + schema.type()
                                            + " is there twice"
                                            + (other == null ? "" : ", the plugin " + other.pluginId() + " has it too")
                                            + "."));
                }
                found.put(schema.type(), schema);
                types.put(schema.type(), type);
            }
            schemas.putAll(found);
            classes.putAll(types);
            types.forEach((nodeType, type) -> invokers.put(nodeType, new RecordNodeInvoker(type)));
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
                            List.copyOf(found.keySet())));
        } catch (SchemaException e) {
            drop(plugin, String.valueOf(e.getMessage()), "Tell the author of the plugin.");
        } catch (IOException | ReflectiveOperationException | LinkageError | RuntimeException e) {
            drop(plugin, "its classes cannot be loaded (" + e + ")", "Build or download the plugin again.");
        }
    }

    private PluginCandidates.Candidate source(String id) {
        return Objects.requireNonNull(sources.get(id));
    }

    /// The classes that PF4J's annotation processor has listed.
    private static List<String> extensionNames(PluginWrapper plugin) throws IOException {
        URL index = ((URLClassLoader) plugin.getPluginClassLoader()).findResource("META-INF/extensions.idx");
        if (index == null) {
            throw new SchemaException(
                    List.of(
                            "It has no extension index (META-INF/extensions.idx). Name PF4J in <annotationProcessorPaths> of its build."));
        }
        try (InputStream in = index.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.replaceFirst("#.*", "").strip())
                    .filter(line -> !line.isEmpty())
                    .toList();
        }
    }

    /// Of the plugin and of all that it depends on; dependencies come first in the resolved order, so theirs are known.
    private String combinedDigest(PluginWrapper plugin) {
        List<String> parts = new ArrayList<>();
        parts.add(source(plugin.getPluginId()).digest());
        for (PluginDependency dependency : plugin.getDescriptor().getDependencies()) {
            String digest = digests.get(dependency.getPluginId());
            if (digest == null && !dependency.isOptional()) {
                throw new SchemaException(
                        List.of("The plugin " + dependency.getPluginId() + ", which it needs, is broken."));
            }
            parts.add(dependency.getPluginId() + " " + digest);
        }
        return FileDigest.ofTexts(parts);
    }

    /// What became of each plugin, broken ones included, by id.
    public List<PluginReport> reports() {
        return reports.stream().sorted(java.util.Comparator.comparing(PluginReport::id)).toList();
    }

    @Override
    public Optional<NodeSchema> find(String type) {
        return Optional.ofNullable(schemas.get(type));
    }

    @Override
    public Collection<NodeSchema> all() {
        return Collections.unmodifiableCollection(schemas.values());
    }

    @Override
    public NodeInvoker invoker(String type) {
        NodeInvoker invoker = invokers.get(type);
        if (invoker == null) {
            throw new IllegalArgumentException("No plugin supplies the node type " + type);
        }
        return invoker;
    }

    @Override
    public Optional<MigratedNode> migrate(String nodeId, WorkflowDocument.Node node) {
        StoredNode stored = new StoredNode(node);
        int version = node.version();
        for (NodeSchema schema = schemas.get(stored.type());
                schema != null && version < schema.version();
                schema = schemas.get(stored.type())) {
            Method migration = migration(Objects.requireNonNull(classes.get(schema.type())), version);
            if (migration == null) {
                return Optional.empty();
            }
            try {
                migration.setAccessible(true);
                migration.invoke(null, stored);
            } catch (InvocationTargetException e) {
                LOG.warn(
                        "Node \"{}\" ({}) could not be migrated from version {}",
                        nodeId,
                        node.type(),
                        version,
                        e.getCause());
                return Optional.empty();
            } catch (IllegalAccessException e) {
                throw new IllegalStateException(e);
            }
            version++;
        }
        return Optional.of(new MigratedNode(stored.node(version), stored.renamedOutputs()));
    }

    private static @org.jspecify.annotations.Nullable Method migration(Class<?> type, int version) {
        for (Method method : type.getDeclaredMethods()) {
            MigratesFrom from = method.getAnnotation(MigratesFrom.class);
            if (from != null && from.value() == version) {
                return method;
            }
        }
        return null;
    }

    /// A file that a plugin brings: its resource `assets/<path>`.
    ///
    /// @return empty if there is no such plugin or file, or the path leaves the folder
    public Optional<byte[]> asset(String pluginId, String path) {
        PluginWrapper plugin = manager.getPlugin(pluginId);
        boolean isPlain =
                Path.of(path).equals(Path.of(path).normalize()) && !path.startsWith("/") && !path.startsWith("..");
        if (plugin == null || !isPlain) {
            return Optional.empty();
        }
        URL resource = ((URLClassLoader) plugin.getPluginClassLoader()).findResource("assets/" + path);
        if (resource == null) {
            return Optional.empty();
        }
        try (InputStream in = resource.openStream()) {
            return Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        manager.stopPlugins();
        manager.unloadPlugins();
    }

    /// Pins an archive and copies it into the data folder. It is loaded by the next [#open].
    ///
    /// @return what a load of it says
    /// @throws IOException if it cannot be read or copied
    public static PluginReport add(Path archive, PluginFolders folders) throws IOException {
        Optional<ArchiveCheck.Refusal> refusal = ArchiveCheck.check(archive);
        String name = archive.getFileName().toString();
        if (refusal.isPresent()) {
            return PluginReport.broken(name, "", archive.toString(), refusal.get().reason(), refusal.get().fix());
        }
        Path target = Files.createDirectories(folders.archives()).resolve(name);
        if (!target.toAbsolutePath().normalize().equals(archive.toAbsolutePath().normalize())) {
            Files.copy(archive, target, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        }
        PluginLock.read(folders.lockFile()).pin(name, FileDigest.ofFile(target));
        try (PluginHost host = open(folders)) {
            return host.reports().stream()
                    .filter(report -> report.source().equals(target.toString()))
                    .findFirst()
                    .orElseThrow(() -> new IOException(target + " vanished while it was added"));
        }
    }

    /// Removes an installed archive by plugin id or file name.
    ///
    /// @return whether there was one
    public static boolean remove(String idOrFile, PluginFolders folders) throws IOException {
        List<String> names;
        try (PluginHost host = open(folders)) {
            names =
                    host.reports().stream()
                            .filter(report ->
                                    report.id().equals(idOrFile) || Path.of(report.source()).endsWith(idOrFile))
                            .map(report -> Path.of(report.source()))
                            .filter(source -> source.startsWith(folders.archives()))
                            .map(source -> source.getFileName().toString())
                            .toList();
        }
        for (String name : names) {
            Files.deleteIfExists(folders.archives().resolve(name));
            PluginLock.read(folders.lockFile()).unpin(name);
        }
        return !names.isEmpty();
    }
}
