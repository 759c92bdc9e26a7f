// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.engine.document.Problem;
import dev.diptych.engine.execution.RunResult;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What `run` says at its end: lines for people, or one JSON object with status, outputs and problems, however the run ended and also when it never began.
record RunReport(Path workflow, boolean isJson, PrintWriter out, PrintWriter err) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int FAILED = 1;
    private static final int CANCELLED = 130;

    /// @param written by the names of outputs: files and short values
    /// @return the exit code
    int ended(RunResult result, ObjectNode written) {
        if (isJson) {
            print(result.status(), written, result.problems());
        } else {
            written.properties().forEach(output -> out.println(output.getKey() + ": " + shown(output.getValue())));
            out.flush();
        }
        return switch (result.status()) {
            case SUCCEEDED -> 0;
            case FAILED -> isJson ? FAILED : complain(listed(result.problems()));
            case CANCELLED -> CANCELLED;
        };
    }

    /// Of a document, or of the inputs that are given for it.
    ///
    /// @return the exit code
    int refused(List<Problem> problems) {
        return refused(problems, listed(problems));
    }

    /// Of anything else.
    ///
    /// @return the exit code
    int refused(Problem problem) {
        return refused(List.of(problem), problem.text());
    }

    private int refused(List<Problem> problems, String text) {
        if (isJson) {
            print(RunResult.Status.FAILED, JSON.createObjectNode(), problems);
            return FAILED;
        }
        return complain(text);
    }

    private void print(RunResult.Status status, ObjectNode outputs, List<Problem> problems) {
        ObjectNode object = JSON.createObjectNode();
        object.put("status", status.name().toLowerCase(Locale.ROOT));
        object.set("outputs", outputs);
        object.set("problems", JSON.valueToTree(problems));
        out.println(object);
        out.flush();
    }

    private int complain(String text) {
        err.println(text);
        err.flush();
        return FAILED;
    }

    private String listed(List<Problem> problems) {
        String count = problems.size() == 1 ? "1 problem" : problems.size() + " problems";
        StringBuilder text = new StringBuilder(workflow + ": " + count);
        problems.forEach(problem -> text.append("\n  ").append(problem.text()));
        return text.toString();
    }

    private static String shown(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }
}
