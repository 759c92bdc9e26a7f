// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.plugin;

import org.pf4j.PluginDependency;
import org.pf4j.PluginWrapper;
import org.pf4j.VersionManager;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Which plugins fit together, and their order: each after all that it depends on. An optional dependency counts when it is there.
final class DependencyOrder {
    /// @param reason why the plugin cannot be used
    /// @param fix    what to do about it
    record Misfit(PluginWrapper plugin, String reason, String fix) {}

    private final VersionManager versions;
    private final Set<String> broken;
    private final Map<String, PluginWrapper> fitting = new LinkedHashMap<>();
    private final List<Misfit> misfits = new ArrayList<>();
    private final Set<PluginWrapper> order = new LinkedHashSet<>();

    /// @param loaded in the order in which they are wanted where dependencies leave it open
    /// @param broken ids of plugins that are there and cannot be used
    DependencyOrder(Collection<PluginWrapper> loaded, Set<String> broken, VersionManager versions) {
        this.versions = versions;
        this.broken = new LinkedHashSet<>(broken);
        loaded.forEach(plugin -> fitting.put(plugin.getPluginId(), plugin));
        dropUnsatisfied();
        dropCircles();
        dropUnsatisfied();
        fitting.values().forEach(this::addAfterDependencies);
    }

    /// Those that fit together, dependencies first.
    List<PluginWrapper> plugins() {
        return List.copyOf(order);
    }

    List<Misfit> misfits() {
        return List.copyOf(misfits);
    }

    private void drop(PluginWrapper plugin, String reason, String fix) {
        fitting.remove(plugin.getPluginId());
        broken.add(plugin.getPluginId());
        misfits.add(new Misfit(plugin, reason, fix));
    }

    /// Takes out what lacks a dependency, and then what depends on it, until the rest fits together.
    private void dropUnsatisfied() {
        boolean changed = true;
        while (changed) {
            changed = false;
            for (PluginWrapper plugin : List.copyOf(fitting.values())) {
                changed |= dropIfUnsatisfied(plugin);
            }
        }
    }

    private boolean dropIfUnsatisfied(PluginWrapper plugin) {
        for (PluginDependency dependency : plugin.getDescriptor().getDependencies()) {
            String id = dependency.getPluginId();
            String range = dependency.getPluginVersionSupport();
            String needed = "it needs the plugin " + id + (range.equals("*") ? "" : " " + range);
            PluginWrapper other = fitting.get(id);
            if (other == null && dependency.isOptional()) {
                continue;
            }
            if (other == null) {
                if (broken.contains(id)) {
                    drop(plugin, needed + ", which is broken", "See what is said about " + id + ".");
                } else {
                    drop(plugin, needed + ", which is not there", "Run: diptych plugin add with an archive of " + id);
                }
                return true;
            }
            String found = other.getDescriptor().getVersion();
            try {
                if (!versions.checkVersionConstraint(found, range)) {
                    drop(
                            plugin,
                            needed + ", and " + found + " is there",
                            "Run: diptych plugin add with an archive of " + id + " " + range);
                    return true;
                }
            } catch (RuntimeException e) {
                drop(
                        plugin,
                        needed + ", and \"" + range + "\" is no range of versions",
                        "Its author writes it as in plugin.dependencies=" + id + "@>=1.0.0");
                return true;
            }
        }
        return false;
    }

    private void dropCircles() {
        Map<PluginWrapper, List<String>> circles = new LinkedHashMap<>();
        for (PluginWrapper plugin : fitting.values()) {
            List<String> way = wayTo(plugin.getPluginId(), plugin.getPluginId(), new LinkedHashSet<>());
            if (!way.isEmpty()) {
                circles.put(plugin, way);
            }
        }
        circles.forEach((plugin, way) ->
                drop(
                        plugin,
                        "it needs itself: " + plugin.getPluginId() + " needs " + String.join(", which needs ", way),
                        "Remove one of them; their authors take out one of the dependencies."));
    }

    /// @return the plugins on the way, the last one being the goal; empty if there is no way
    private List<String> wayTo(String goal, String from, Set<String> seen) {
        for (String next : dependencies(from)) {
            if (next.equals(goal)) {
                return List.of(goal);
            }
            if (seen.add(next)) {
                List<String> rest = wayTo(goal, next, seen);
                if (!rest.isEmpty()) {
                    List<String> way = new ArrayList<>(List.of(next));
                    way.addAll(rest);
                    return way;
                }
            }
        }
        return List.of();
    }

    private List<String> dependencies(String id) {
        PluginWrapper plugin = fitting.get(id);
        return plugin == null
                ? List.of()
                : plugin.getDescriptor().getDependencies().stream().map(PluginDependency::getPluginId).toList();
    }

    private void addAfterDependencies(PluginWrapper plugin) {
        for (String id : dependencies(plugin.getPluginId())) {
            PluginWrapper other = fitting.get(id);
            if (other != null && !order.contains(other)) {
                addAfterDependencies(other);
            }
        }
        order.add(plugin);
    }
}
