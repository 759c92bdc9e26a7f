// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import com.github.zafarkhaja.semver.Version;

import org.pf4j.CompoundPluginDescriptorFinder;
import org.pf4j.ManifestPluginDescriptorFinder;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginRuntimeException;
import org.pf4j.PropertiesPluginDescriptorFinder;

import java.nio.file.Path;
import java.util.regex.Pattern;

/// Reads who an unpacked plugin is: `plugin.properties`, or the manifest of its jar.
final class DescriptorReader {
    static final PluginDescriptorFinder FINDER =
            new CompoundPluginDescriptorFinder()
                    .add(new PropertiesPluginDescriptorFinder("classes/plugin.properties"))
                    .add(new PropertiesPluginDescriptorFinder())
                    .add(new ManifestPluginDescriptorFinder());

    private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]*");

    private DescriptorReader() {}

    /// @throws BrokenPluginException if there is none, or it does not say what it must
    static PluginDescriptor read(Path folder) {
        PluginDescriptor found;
        try {
            found = FINDER.find(folder);
        } catch (PluginRuntimeException | IllegalArgumentException e) {
            throw new BrokenPluginException(
                    "it has no plugin.properties that can be read",
                    "Its author puts one with plugin.id and plugin.version into src/main/resources.",
                    e);
        }
        String id = found.getPluginId();
        if (id == null || !ID.matcher(id).matches()) {
            throw new BrokenPluginException(
                    id == null ? "its plugin.properties has no plugin.id" : "its plugin.id \"" + id + "\" is no id",
                    "Its author writes plugin.id in lower case, digits and hyphens, as in plugin.id=vignette.",
                    null);
        }
        if (Version.tryParse(String.valueOf(found.getVersion())).isEmpty()) {
            throw new BrokenPluginException(
                    "its plugin.version \"" + found.getVersion() + "\" is no version",
                    "Its author writes plugin.version as three numbers, as in plugin.version=1.2.0.",
                    null);
        }
        checkRequires(found.getRequires());
        return found;
    }

    private static void checkRequires(String requires) {
        try {
            Version.of(0).satisfies(requires);
        } catch (RuntimeException e) {
            throw new BrokenPluginException(
                    "its plugin.requires \"" + requires + "\" is no range of versions",
                    "Its author writes the oldest version of the plugin API that it works with, as in plugin.requires=0.1.0.",
                    e);
        }
    }
}
