// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.pf4j.BasePluginLoader;
import org.pf4j.DefaultPluginClasspath;
import org.pf4j.DefaultPluginManager;
import org.pf4j.DefaultVersionManager;
import org.pf4j.PluginClassLoader;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginLoader;
import org.pf4j.PluginManager;
import org.pf4j.PluginStatusProvider;
import org.pf4j.PluginWrapper;
import org.pf4j.VersionManager;

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
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
        return DescriptorReader.FINDER;
    }

    /// A snapshot counts as the release that it will be: a plugin under development satisfies what asks for its version.
    @Override
    protected VersionManager createVersionManager() {
        return new DefaultVersionManager() {
            @Override
            public boolean checkVersionConstraint(String version, String constraint) {
                String release =
                        version.endsWith("-SNAPSHOT")
                                ? version.substring(0, version.length() - "-SNAPSHOT".length())
                                : version;
                return super.checkVersionConstraint(release, constraint);
            }
        };
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

    /// Unloads this one only, and resolves nothing: PF4J would take its dependents, and whatever else does not fit, along in silence.
    void unload(PluginWrapper plugin) {
        unloadPlugin(plugin.getPluginId(), false, false);
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
