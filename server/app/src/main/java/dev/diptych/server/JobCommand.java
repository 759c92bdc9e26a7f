// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

import java.util.Locale;

/// Lists, shows, cancels and retries jobs.
@Command(name = "job", description = "Lists, shows, cancels and retries jobs.", mixinStandardHelpOptions = true)
final class JobCommand extends StateCommand implements Runnable {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public void run() {
        throw new ParameterException(spec().commandLine(), "Which of list, show, cancel and retry?");
    }

    @Command(name = "list", description = "Lists jobs, newest first.")
    int list(
            @Option(names = "--state", paramLabel = "STATE", description = "Only those in this state.")
                    @Nullable String state,
            @Option(
                            names = "--limit",
                            paramLabel = "COUNT",
                            defaultValue = "20",
                            description = "How many (default: 20).")
                    int limit,
            @Option(names = "--json", description = "Prints one JSON object a line.") boolean json) {
        return with(server -> {
            String query = "?limit=" + limit + (state == null ? "" : "&state=" + ServerClient.quoted(state));
            JsonNode jobs = server.call("GET", "/jobs" + query, null).path("jobs");
            for (JsonNode job : jobs) {
                out().println(json ? job.toString() : line(job));
            }
            if (jobs.isEmpty() && !json) {
                out().println("There are no jobs" + (state == null ? "." : " in state " + state + "."));
            }
        });
    }

    private static String line(JsonNode job) {
        return String.format(
                Locale.ROOT,
                "%s  %-10s  %s  %s  %s",
                job.path("id").asText(),
                job.path("state").asText(),
                job.path("created").asText(),
                job.path("owner").asText(),
                job.path("workflow").asText());
    }

    private static String devices(JsonNode devices) {
        return devices.isObject()
                ? String.format(
                        Locale.ROOT,
                        "  %d calls in batches of %.1f, %d ms computed, %d ms waited",
                        devices.path("calls").asInt(),
                        devices.path("batch").asDouble(),
                        devices.path("computedMilliseconds").asLong(),
                        devices.path("waitedMilliseconds").asLong())
                : "";
    }

    @Command(name = "show", description = "Shows a job with the record of each node.")
    int show(
            @Parameters(paramLabel = "ID") String id,
            @Option(names = "--json", description = "Prints JSON, with document and inputs.") boolean json) {
        return with(server -> {
            JsonNode job = server.call("GET", "/jobs/" + ServerClient.quoted(id), null);
            if (json) {
                out().println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(job));
                return;
            }
            out().println(line(job));
            for (JsonNode node : job.path("nodes")) {
                String why = node.path("missReason").asText();
                out().println(
                                String.format(
                                        Locale.ROOT,
                                        "  %-24s %-10s %6d ms  %d of %d from the cache%s%s",
                                        node.path("node").asText(),
                                        node.path("status").asText(),
                                        node.path("milliseconds").asLong(),
                                        node.path("cached").asInt(),
                                        node.path("elements").asInt(),
                                        why.isEmpty() ? "" : "  (" + why + ")",
                                        devices(node.path("devices"))));
            }
            job.path("outputs")
                    .properties()
                    .forEach(output -> out().println("  " + output.getKey() + ": " + output.getValue().path("value")));
            for (JsonNode problem : job.path("problems")) {
                out().println("  " + problem.path("node").asText("") + ": " + problem.path("message").asText());
            }
        });
    }

    @Command(name = "cancel", description = "Cancels a job.")
    int cancel(@Parameters(paramLabel = "ID") String id) {
        return with(server ->
                out().println(line(server.call("POST", "/jobs/" + ServerClient.quoted(id) + "/cancel", null))));
    }

    @Command(
            name = "retry",
            description = "Puts a job that ended into the queue again; what succeeded is not computed again.")
    int retry(
            @Parameters(paramLabel = "ID") String id,
            @Option(
                            names = "--from",
                            paramLabel = "NODE",
                            description = "Computes this node again, and all that needs it.")
                    @Nullable String from) {
        return with(server -> {
            String query = from == null ? "" : "?from=" + ServerClient.quoted(from);
            out().println(line(server.call("POST", "/jobs/" + ServerClient.quoted(id) + "/retry" + query, null)));
            if (server.runningAt().isEmpty()) {
                out().println("It runs when a server is started: diptych serve");
            }
        });
    }
}
