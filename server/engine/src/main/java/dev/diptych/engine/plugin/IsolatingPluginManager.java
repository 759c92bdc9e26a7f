// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.pf4j.BasePluginLoader;
import org.pf4j.CompoundPluginDescriptorFinder;
import org.pf4j.DefaultPluginClasspath;
import org.pf4j.DefaultPluginManager;
import org.pf4j.ManifestPluginDescriptorFinder;
import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginLoader;
import org.pf4j.PluginManager;
import org.pf4j.PluginStatusProvider;
import org.pf4j.PluginWrapper;
import org.pf4j.PropertiesPluginDescriptorFinder;

import java.nio.file.Path;
import java.util.List;

/// PF4J as Diptych uses it: each plugin is a folder with `classes/` and `lib/`, in a class loader of its own that asks itself first, except for
/// what may exist only once in a process.
final class IsolatingPluginManager extends DefaultPluginManager {
    private static final List<String> PARENT_ONLY =
            List.of("dev.diptych.api.", "ai.djl.", "org.slf4j.", "org.jspecify.", "javax.", "jdk.", "sun.");

    IsolatingPluginManager(Path root, String apiVersion) {
        super(root);
        setSystemVersion(apiVersion);
        setResolveRecoveryStrategy(ResolveRecoveryStrategy.IGNORE_PLUGIN_AND_CONTINUE);
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
        return new CompoundPluginDescriptorFinder()
                .add(new PropertiesPluginDescriptorFinder("classes/plugin.properties"))
                .add(new PropertiesPluginDescriptorFinder())
                .add(new ManifestPluginDescriptorFinder());
    }

    @Override
    protected PluginLoader createPluginLoader() {
        return new BasePluginLoader(this, new DefaultPluginClasspath()) {
            @Override
            protected PluginClassLoader createPluginClassLoader(Path path, PluginDescriptor descriptor) {
                return new Loader(pluginManager, descriptor);
            }
        };
    }

    /// All plugins are enabled: which are installed is the lock file's to say.
    @Override
    protected PluginStatusProvider createPluginStatusProvider() {
        return new PluginStatusProvider() {
            @Override
            public boolean isPluginDisabled(String pluginId) {
                return false;
            }

            @Override
            public void disablePlugin(String pluginId) {}

            @Override
            public void enablePlugin(String pluginId) {}
        };
    }

    @Override
    protected PluginWrapper loadPluginFromPath(Path path) {
        return super.loadPluginFromPath(path);
    }

    void resolve() {
        resolvePlugins();
    }

    /// Over a copy of the list: PF4J 3.15.0 removes from the list that it walks through.
    @Override
    public void stopPlugins() {
        List.copyOf(getStartedPlugins()).reversed().forEach(plugin -> stopPlugin(plugin.getPluginId()));
    }

    boolean fits(PluginWrapper plugin) {
        return isPluginValid(plugin);
    }

    private static final class Loader extends PluginClassLoader {
        Loader(PluginManager manager, PluginDescriptor descriptor) {
            super(manager, descriptor, IsolatingPluginManager.class.getClassLoader());
        }

        @Override
        protected boolean shouldDelegateToParent(String className) {
            return super.shouldDelegateToParent(className) || PARENT_ONLY.stream().anyMatch(className::startsWith);
        }
    }
}
