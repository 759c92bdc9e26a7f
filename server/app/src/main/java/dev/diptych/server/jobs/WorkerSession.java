// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import dev.diptych.server.worker.link.ToServer;
import dev.diptych.server.worker.link.ToWorker;
import dev.diptych.server.worker.link.WorkerLink;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// One connection of a worker, as the server sees it. Nothing is heard before a hello with a secret that is accepted.
final class WorkerSession implements WorkerLink.Receiver<ToServer> {
    private static final int MOST_SLOTS = 32;

    private final WorkerLink<ToWorker> link;
    private final Claims claims;
    private final Predicate<String> accepts;

    // Set by the hello, then guarded by the lock of Claims.
    private boolean isKnown;
    private String secret = "";
    String worker = "";
    Set<String> plugins = Set.of();
    List<ToServer.Device> devices = List.of();
    int slots;
    int wanted;
    boolean isClaiming;
    boolean isMoreToClaim;

    /// The last claim could not be committed; it is tried again.
    boolean hasFailedClaim;

    boolean isDraining;
    boolean isLeaving;
    long drainedAt;

    /// The last heartbeat, on the monotonic clock.
    long heardAt;

    WorkerSession(WorkerLink<ToWorker> link, Claims claims, Predicate<String> accepts) {
        this.link = link;
        this.claims = claims;
        this.accepts = accepts;
        link.ifUndeliverable(this::undeliverable);
    }

    private void undeliverable(ToWorker message, String reason) {
        if (message instanceof ToWorker.Assign assignment) {
            claims.undeliverable(this, assignment.holding(), reason);
        }
    }

    @Override
    public void received(ToServer message) {
        if (message instanceof ToServer.Hello hello) {
            greet(hello);
            return;
        }
        if (!isKnown) {
            link.close("The first message must be a hello.");
            return;
        }
        switch (message) {
            case ToServer.Hello hello -> greet(hello);
            case ToServer.Claim claim -> claims.want(this, claim.freeSlots());
            case ToServer.Heartbeat heartbeat -> claims.heartbeat(this, heartbeat);
            case ToServer.NodeStarted started -> claims.nodeStarted(this, started);
            case ToServer.NodeEnded ended -> claims.nodeEnded(this, ended);
            case ToServer.Progress progress -> claims.progress(this, progress);
            case ToServer.Preview preview -> claims.preview(this, preview);
            case ToServer.Finished finished -> claims.finished(this, finished);
            case ToServer.Leaving _ -> claims.leaving(this);
        }
    }

    private void greet(ToServer.Hello hello) {
        if (isKnown) {
            link.close("A second hello on one connection.");
            return;
        }
        secret = hello.secret();
        worker = hello.worker();
        plugins = Set.copyOf(hello.pluginDigests());
        devices = told(hello.devices());
        slots = Math.clamp(hello.slots(), 1, MOST_SLOTS);
        isKnown = claims.join(this, hello.holding());
        if (isKnown) {
            link.trust();
        }
    }

    /// Whether the secret is accepted still: a token may be revoked.
    boolean isAccepted() {
        return accepts.test(secret);
    }

    /// Null from a worker of an older version.
    static List<ToServer.Device> told(@Nullable List<ToServer.Device> devices) {
        return devices == null ? List.of() : List.copyOf(devices);
    }

    void send(ToWorker message) {
        link.send(message);
    }

    void close(String reason) {
        link.close(reason);
    }

    @Override
    public void closed(String reason) {
        if (isKnown) {
            claims.part(this);
        }
    }
}
