// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;
import dev.diptych.engine.document.WorkflowWriter;
import dev.diptych.engine.graph.Limits;
import dev.diptych.engine.graph.Migrations;
import dev.diptych.engine.graph.ModelNames;
import dev.diptych.engine.graph.Plan;
import dev.diptych.engine.graph.Planner;
import dev.diptych.engine.graph.RunPlanner;
import dev.diptych.engine.plugin.PluginHost;
import dev.diptych.engine.plugin.PluginReport;
import dev.diptych.server.store.JobRow;
import dev.diptych.server.worker.link.LinkJson;
import dev.diptych.server.worker.link.WorkflowBundle;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Plans of stored jobs with the plugins of this process. What a job nests comes from its bundle, whatever became of the stored workflows.
public final class InstalledPlans implements JobPlans {
    private static final ObjectMapper JSON = LinkJson.mapper();

    private final PluginHost plugins;
    private final WorkflowReader reader;
    private final Limits limits;
    private final ModelNames models;
    private final Set<String> installed;

    /// @param models knows what is installed
    public InstalledPlans(PluginHost plugins, WorkflowReader reader, Limits limits, ModelNames models) {
        this.plugins = plugins;
        this.reader = reader;
        this.limits = limits;
        this.models = models;
        this.installed =
                plugins.reports().stream()
                        .filter(report -> report.state() == PluginReport.State.LOADED)
                        .map(PluginReport::digest)
                        .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Set<String> installed() {
        return installed;
    }

    @Override
    public JobPlan plan(JobRow.Texts job) {
        WorkflowBundle bundle = WorkflowBundle.of(job.workflow());
        WorkflowDocument document = new Migrations(plugins).upgrade(reader.read(bundle.document())).document();
        Planner planner =
                new Planner(plugins, name -> Optional.ofNullable(bundle.nested().get(name)).map(reader::read), limits);
        Plan plan =
                new RunPlanner(plugins, planner, models)
                        .prepare(document, fields(job.inputs()), Set.copyOf(JobJson.strings(job.outputs())))
                        .plan();
        return new JobPlan(
                new WorkflowBundle(new WorkflowWriter().tree(document), bundle.nested()).text(), plan.plugins());
    }

    private static Map<String, JsonNode> fields(String json) {
        try {
            Map<String, JsonNode> fields = new LinkedHashMap<>();
            JSON.readTree(json).properties().forEach(field -> fields.put(field.getKey(), field.getValue()));
            return fields;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Stored inputs are no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
