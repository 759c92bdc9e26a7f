/// The nodes of the plugin ${artifactId}.
package ${package};
