// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.graph;

import dev.diptych.engine.document.NodeCatalog;
import dev.diptych.engine.document.NodeSchema;
import dev.diptych.engine.document.Problem;
import dev.diptych.engine.document.Shown;
import dev.diptych.engine.document.Suggestion;
import dev.diptych.engine.document.WorkflowDocument;

import java.util.List;

/// How problems with the type of a node are worded.
final class NodeProblems {
    private NodeProblems() {}

    static Problem unknownType(String id, WorkflowDocument.Node node, NodeCatalog catalog) {
        String type = node.type();
        String plugin = type.substring(0, Math.max(0, type.indexOf('/')));
        List<String> known = catalog.all().stream().map(NodeSchema::type).toList();
        String nearest = Suggestion.nearest(type, known);
        boolean hasPlugin = known.stream().anyMatch(other -> other.startsWith(plugin + '/'));
        String install =
                hasPlugin
                        ? "Update the plugin \"" + Shown.text(plugin) + "\", which is installed without it."
                        : "Install the plugin \"" + Shown.text(plugin) + "\", which would supply it.";
        return new Problem(
                "engine/unknown-node-type",
                id,
                type,
                null,
                "The node type is not installed.",
                nearest == null ? install : "Did you mean \"" + nearest + "\"? Else: " + install);
    }

    static Problem noMigration(String id, WorkflowDocument.Node node, NodeSchema installed) {
        return new Problem(
                "engine/no-migration",
                id,
                node.type(),
                null,
                "Version "
                        + node.version()
                        + " is given, version "
                        + installed.version()
                        + " is installed, and no migration leads there.",
                "Set the node up anew, or install a version of the plugin \""
                        + installed.pluginId()
                        + "\" that has the migration.");
    }

    static Problem tooNew(String id, WorkflowDocument.Node node, NodeSchema installed) {
        return new Problem(
                "engine/node-too-new",
                id,
                node.type(),
                null,
                "Version " + node.version() + " is given, version " + installed.version() + " is installed.",
                "Update the plugin \"" + installed.pluginId() + "\".");
    }
}
