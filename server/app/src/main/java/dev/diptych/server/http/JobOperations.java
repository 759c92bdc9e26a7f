// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.diptych.server.jobs.IdempotencyKey;
import dev.diptych.server.jobs.Job;
import dev.diptych.server.jobs.JobDetails;
import dev.diptych.server.jobs.JobFilter;
import dev.diptych.server.jobs.JobPage;
import dev.diptych.server.jobs.JobRequest;
import dev.diptych.server.jobs.JobService;
import dev.diptych.server.jobs.JobState;
import dev.diptych.server.jobs.RequestReader;
import dev.diptych.server.security.Principal;
import dev.diptych.server.security.Scope;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;

/// Jobs over HTTP. Everybody sees their own; a token of scope `admin` sees all.
final class JobOperations {
    private static final int USUAL_PAGE = 50;
    private static final int LONGEST_PAGE = 1000;
    private static final int LONGEST_KEY = 200;

    private final JobService jobs;
    private final RequestReader requests;
    private final WebhookTargets webhooks;

    JobOperations(JobService jobs, RequestReader requests, WebhookTargets webhooks) {
        this.jobs = jobs;
        this.requests = requests;
        this.webhooks = webhooks;
    }

    void addTo(Handlers handlers) {
        handlers.add("submitJob", Scope.RUN, request -> submit(request, request.json()));
        handlers.add("runWorkflow", Scope.RUN, this::runWorkflow);
        handlers.add("listJobs", Scope.READ, this::list);
        handlers.add("getJob", Scope.READ, request -> Answer.ok(JobViews.of(details(request))));
        handlers.add("cancelJob", Scope.RUN, request -> Answer.ok(JobViews.of(jobs.cancel(own(request)).join())));
        handlers.add(
                "retryJob",
                Scope.RUN,
                request -> Answer.ok(JobViews.of(jobs.retry(own(request), request.query("from")).join())));
    }

    private Answer submit(Request request, JsonNode body) throws InterruptedException {
        Duration wait = request.duration("wait");
        IdempotencyKey key = key(request, body);
        Optional<Job> before = key == null ? Optional.empty() : jobs.submitted(request.principal().owner(), key);
        JobService.Submission submission =
                before.isPresent()
                        ? new JobService.Submission(before.get(), false)
                        : jobs.submit(checked(request, body, key)).join();
        String id = submission.job().id();
        if (!wait.isZero()) {
            return Answer.ok(JobViews.of(jobs.await(id, wait))).with("Location", "/api/v1/jobs/" + id);
        }
        return Answer.json(submission.isNew() ? 201 : 200, JobViews.of(submission.job()))
                .with("Location", "/api/v1/jobs/" + id);
    }

    private static @Nullable IdempotencyKey key(Request request, JsonNode body) {
        String text = request.headers().get("Idempotency-Key");
        if (text != null && (text.isEmpty() || text.length() > LONGEST_KEY)) {
            throw HttpProblem.badRequest(
                    "An idempotency key has 1 to " + LONGEST_KEY + " characters; leave the header out for none.");
        }
        return text == null ? null : IdempotencyKey.of(text, body);
    }

    private JobRequest checked(Request request, JsonNode body, @Nullable IdempotencyKey key) {
        Principal principal = request.principal();
        JobRequest read = requests.read(body, principal.owner(), key);
        if (read.priority() > 0 && !principal.isAdmin()) {
            throw new HttpProblem(
                    403,
                    "server/priority-not-allowed",
                    "Priority "
                            + read.priority()
                            + " goes before everybody's jobs, which needs a token of scope admin. "
                            + "Leave it out, and give jobs that can wait one below 0.");
        }
        if (read.webhook() != null) {
            webhooks.check(read.webhook());
        }
        return read;
    }

    private Answer runWorkflow(Request request) throws InterruptedException {
        String name = request.parameter("name");
        String revision = request.query("revision");
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.put("workflow", revision == null ? name : name + "@" + revision);
        if (request.body().length() > 0) {
            body.set("inputs", request.json());
        }
        return submit(request, body);
    }

    private Answer list(Request request) {
        String stateText = request.query("state");
        JobState state;
        try {
            state = stateText == null ? null : JobState.of(stateText);
        } catch (IllegalArgumentException e) {
            throw HttpProblem.badRequest(String.valueOf(e.getMessage()));
        }
        int limit = request.number("limit", 1, LONGEST_PAGE, USUAL_PAGE);
        JobPage page = jobs.list(new JobFilter(ownerShown(request.principal()), state, request.query("before"), limit));
        ObjectNode view = JsonNodeFactory.instance.objectNode();
        ArrayNode list = view.putArray("jobs");
        page.jobs().forEach(job -> list.add(JobViews.of(job)));
        view.put("next", page.next());
        return Answer.ok(view);
    }

    private static @Nullable String ownerShown(Principal principal) {
        return principal.isAdmin() ? null : principal.owner();
    }

    private JobDetails details(Request request) {
        String id = own(request);
        return jobs.get(id).orElseThrow(() -> noSuchJob(id));
    }

    /// The id of the request's job, if whoever asks may see it.
    private String own(Request request) {
        return own(jobs, request.parameter("id"), request.principal()).id();
    }

    /// @throws HttpProblem if there is no such job, or it is somebody else's
    static Job own(JobService jobs, String id, Principal principal) {
        return find(jobs, id, principal).orElseThrow(() -> noSuchJob(id));
    }

    /// The job, if there is one that whoever asks may see.
    static Optional<Job> find(JobService jobs, String id, Principal principal) {
        return jobs.find(id).filter(job -> principal.isAdmin() || job.owner().equals(principal.owner()));
    }

    private static HttpProblem noSuchJob(String id) {
        return new HttpProblem(404, "server/no-such-job", "There is no job \"" + Request.shown(id) + "\".");
    }
}
