// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.server.jobs.Job;
import dev.diptych.server.jobs.JobDetails;
import dev.diptych.server.jobs.JobEvent;
import dev.diptych.server.worker.link.LinkJson;
import dev.diptych.server.worker.link.WorkflowBundle;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/// Jobs and their events as clients see them.
final class JobViews {
    private static final ObjectMapper JSON = LinkJson.mapper();

    private JobViews() {}

    static ObjectNode of(Job job) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("id", job.id());
        view.put("owner", job.owner());
        view.put("state", job.state().text());
        view.put("workflow", job.name());
        view.put("priority", job.priority());
        view.set("options", parsed(job.options()));
        view.put("created", job.created().toString());
        view.put("started", text(job.started()));
        view.put("finished", text(job.finished()));
        view.set("outputs", job.result() == null ? null : parsed(job.result()));
        view.set("problems", job.error() == null ? JsonNodeFactory.instance.arrayNode() : parsed(job.error()));
        return view;
    }

    static ObjectNode of(JobDetails details) {
        ObjectNode view = of(details.job());
        view.set("document", WorkflowBundle.of(details.workflow()).document());
        view.set("inputs", parsed(details.inputs()));
        ArrayNode nodes = view.putArray("nodes");
        for (JobDetails.NodeRecord record : details.nodes()) {
            ObjectNode node = nodes.addObject();
            node.put("node", record.node());
            node.put("type", record.type());
            node.put("status", record.status());
            node.put("milliseconds", record.milliseconds());
            node.put("elements", record.elements());
            node.put("cached", record.cached());
            node.put("missReason", record.missReason());
            node.set("devices", record.devices() == null ? null : parsed(record.devices()));
            node.set("inputs", parsed(record.inputs()));
            node.set("outputs", parsed(record.outputs()));
            node.set("problem", record.error() == null ? null : parsed(record.error()));
        }
        view.put("sequence", details.sequence());
        return view;
    }

    /// Not of a preview: that is a binary frame.
    static ObjectNode of(JobEvent event) {
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        view.put("job", event.job());
        switch (event) {
            case JobEvent.Stored stored -> {
                view.put("seq", stored.sequence());
                view.put("kind", stored.kind());
                view.setAll((ObjectNode) parsed(stored.body()));
            }
            case JobEvent.Reset reset -> {
                view.put("kind", "snapshot");
                view.put("reset", true);
                view.put("seq", reset.snapshot().sequence());
                view.set("snapshot", of(reset.snapshot()));
            }
            case JobEvent.Progress progress -> {
                view.put("kind", "progress");
                view.put("node", progress.node());
                view.put("fraction", progress.fraction());
                view.put("message", progress.message());
                if (progress.left() != null) {
                    view.put("millisecondsLeft", progress.left().toMillis());
                }
            }
            case JobEvent.Preview preview -> {
                view.put("kind", "preview");
                view.put("node", preview.node());
                view.put("mediaType", preview.mediaType());
            }
        }
        return view;
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    static JsonNode parsed(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Stored JSON cannot be read: " + e.getOriginalMessage(), e);
        }
    }
}
