// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.api.error.ErrorKind;
import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Problem;
import dev.diptych.server.jobs.JobException;

import io.netty.handler.codec.http.HttpResponseStatus;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A refusal, told as a problem document (RFC 9457).
final class HttpProblem extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final Logger LOG = LoggerFactory.getLogger(HttpProblem.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final int status;
    private final String code;
    private final transient List<Problem> problems;
    private final transient Map<String, JsonNode> more;

    HttpProblem(int status, String code, String detail, List<Problem> problems, Map<String, JsonNode> more) {
        super(detail);
        this.status = status;
        this.code = code;
        this.problems = problems;
        this.more = more;
    }

    HttpProblem(int status, String code, String detail) {
        this(status, code, detail, List.of(), Map.of());
    }

    static HttpProblem notFound(String what) {
        return new HttpProblem(404, "server/not-found", "There is no " + what + ".");
    }

    static HttpProblem badRequest(String detail) {
        return new HttpProblem(400, "server/bad-request", detail);
    }

    /// What a failure means to a client; one of ours is logged and tells nothing of itself.
    static HttpProblem of(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case HttpProblem problem -> {
                    return problem;
                }
                case DocumentException document -> {
                    return ofDocument(document);
                }
                case NodeException node when node.kind() == ErrorKind.USER -> {
                    return new HttpProblem(
                            422, node.code(), node.getMessage() + node.next().map(next -> " " + next).orElse(""));
                }
                default -> {}
            }
        }
        Optional<JobException> job = JobException.of(failure);
        if (job.isPresent()) {
            return ofJob(job.get());
        }
        LOG.error("A request failed by a fault of the server", failure);
        return new HttpProblem(
                500, "server/fault", "The server failed; its log says why. Please report it with the log's lines.");
    }

    private static HttpProblem ofDocument(DocumentException refusal) {
        List<Problem> problems = refusal.problems();
        String code = problems.getFirst().code();
        int status =
                switch (code) {
                    case "engine/json-too-large" -> 413;
                    case "server/bad-request",
                            "engine/bad-json",
                            "engine/bad-text",
                            "engine/json-too-deep",
                            "engine/duplicate-key" ->
                            400;
                    default -> 422;
                };
        String count =
                refusal.count() == 1
                        ? "There is 1 problem: "
                        : "There are " + refusal.count() + " problems; the first: ";
        return new HttpProblem(status, code, count + problems.getFirst().text(), problems, Map.of());
    }

    private static HttpProblem ofJob(JobException refusal) {
        String message = String.valueOf(refusal.getMessage());
        return switch (refusal.reason()) {
            case NO_SUCH_JOB -> new HttpProblem(404, "server/no-such-job", message);
            case NO_SUCH_WORKFLOW -> new HttpProblem(404, "server/no-such-workflow", message);
            case NO_SUCH_NODE -> new HttpProblem(422, "server/no-such-node", message);
            case KEY_IN_USE -> new HttpProblem(409, "server/key-in-use", message);
            case NOT_FINISHED -> new HttpProblem(409, "server/not-finished", message);
            case TOO_LARGE -> new HttpProblem(413, "server/job-too-large", message);
            case QUEUE_FULL -> new HttpProblem(429, "server/queue-full", message);
            case STORE_FAILED -> new HttpProblem(503, "server/store-failed", message);
        };
    }

    int status() {
        return status;
    }

    ObjectNode document() {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        document.put("type", "about:blank");
        document.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
        document.put("status", status);
        document.put("code", code);
        document.put("detail", getMessage());
        if (!problems.isEmpty()) {
            document.set("problems", JSON.valueToTree(problems));
        }
        more.forEach(document::set);
        return document;
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
        return this; // it travels, it is not looked into
    }
}
