// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device.batching;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/// The calls that may be joined, but for what they share: those of one function of one network, with rows of one shape.
final class Lane<W extends Waiting> {
    private static final double HOLD_SHARE = 0.05;
    private static final long LONGEST_HOLD = 1_000_000;

    /// The most rows with an interactive call take this many times what it takes without the others.
    private static final double INTERACTIVE_SLOWDOWN = 2;

    /// Where joining is not worth while, one loop runs to its end; but for no longer than this while others wait.
    private static final long LONGEST_TURN = 30_000_000_000L;

    final BatchTimes times = new BatchTimes();
    private final List<W> waiting = new ArrayList<>();
    private final FairShares<String> owners = new FairShares<>();

    /// The loops of the last batch that have not come back, with their owners.
    private final Map<Object, String> expected = new IdentityHashMap<>();

    private long expectedUntil;

    private final Turn interactiveTurn = new Turn();
    private final Turn bulkTurn = new Turn();

    /// The loop that runs to its end.
    private static final class Turn {
        @Nullable Object member;
        long left;
    }

    void add(W call) {
        waiting.add(call);
        expected.remove(call.member());
    }

    boolean remove(W call) {
        return waiting.remove(call);
    }

    /// A loop ended.
    void leave(Object member) {
        expected.remove(member);
        for (Turn turn : List.of(interactiveTurn, bulkTurn)) {
            turn.member = turn.member == member ? null : turn.member;
        }
    }

    boolean isIdle(long now) {
        return waiting.isEmpty() && (expected.isEmpty() || now > expectedUntil);
    }

    boolean hasWaiting(boolean isInteractive) {
        return waiting.stream().anyMatch(call -> call.isInteractive() == isInteractive);
    }

    /// When the longest waiting call of a class came; the end of time if none waits.
    long oldest(boolean isInteractive) {
        return waiting.stream()
                .filter(call -> call.isInteractive() == isInteractive)
                .mapToLong(Waiting::arrivedAt)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    /// @param isInteractive of which class the first call is; one waits
    /// @param mostRows      that memory allows in a batch that begins with a call
    Decision<W> decide(boolean isInteractive, ToIntFunction<W> mostRows, long now) {
        W head = fairest(waiting, isInteractive);
        if (!times.isJoining()) {
            W holders = turn(isInteractive, head, now);
            if (holders == null) {
                return new Decision.Hold<>(expectedUntil);
            }
            head = holders;
        }
        int most = Math.min(times.mostRows(), mostRows.applyAsInt(head));
        List<W> batch = head.isAlone() ? List.of(head) : joined(head, most);
        if (batch.size() > 1 && !times.areBetterJoined(batch.stream().mapToInt(Waiting::rows).toArray())) {
            batch = List.of(head);
        } else if (!head.isAlone() && isHeldFor(batch, most) && now < expectedUntil) {
            return new Decision.Hold<>(expectedUntil);
        }
        return new Decision.Run<>(batch);
    }

    /// Whether calls that are about to come back would be better in this batch than in the next.
    private boolean isHeldFor(List<W> batch, int most) {
        int rows = batch.stream().mapToInt(Waiting::rows).sum();
        boolean wouldJoin = batch.size() > 1 || times.areBetterJoined(new int[] {rows, rows});
        return !expected.isEmpty() && wouldJoin && (rows < most || isPassingOver(batch));
    }

    /// Whether somebody who had less than those in the batch is about to come back.
    private boolean isPassingOver(List<W> batch) {
        long most = batch.stream().mapToLong(call -> owners.start(call.owner())).max().orElse(0);
        return expected.values().stream().anyMatch(owner -> owners.start(owner) < most);
    }

    /// By turns of owners: interactive calls first, then the others as long as these do not wait for them too long.
    private List<W> joined(W head, int most) {
        List<W> batch = new ArrayList<>(List.of(head));
        List<W> candidates = new ArrayList<>(waiting);
        candidates.remove(head);
        candidates.removeIf(call -> call.isAlone() || !call.shared().equals(head.shared()));
        FairShares<String> taken = owners.copy();
        taken.serve(head.owner(), head.rows());
        int rows = head.rows();
        int interactiveRows = 0;
        for (boolean isInteractive : new boolean[] {true, false}) {
            if (!isInteractive) {
                interactiveRows = batch.stream().filter(Waiting::isInteractive).mapToInt(Waiting::rows).sum();
            }
            while (candidates.stream().anyMatch(call -> call.isInteractive() == isInteractive)) {
                W next = fairest(candidates, isInteractive, taken);
                candidates.remove(next);
                boolean isTooSlow =
                        interactiveRows > 0
                                && times.predict(rows + next.rows())
                                        > INTERACTIVE_SLOWDOWN * times.predict(interactiveRows);
                if (rows + next.rows() <= most && !isTooSlow) {
                    batch.add(next);
                    rows += next.rows();
                    taken.serve(next.owner(), next.rows());
                }
            }
        }
        return batch;
    }

    /// The call of the loop whose turn it is; null if that is about to come.
    ///
    /// @param next begins the next turn
    private @Nullable W turn(boolean isInteractive, W next, long now) {
        Turn turn = isInteractive ? interactiveTurn : bulkTurn;
        if (turn.member != null && turn.left > 0) {
            for (W call : waiting) {
                if (call.member() == turn.member && call.isInteractive() == isInteractive) {
                    return call;
                }
            }
            if (expected.containsKey(turn.member) && now < expectedUntil) {
                return null;
            }
        }
        turn.member = next.member();
        turn.left = LONGEST_TURN;
        return next;
    }

    private W fairest(List<W> calls, boolean isInteractive) {
        return fairest(calls, isInteractive, owners);
    }

    /// The oldest call of the owner who had least.
    private W fairest(List<W> calls, boolean isInteractive, FairShares<String> shares) {
        W best = null;
        long least = 0;
        for (W call : calls) {
            if (call.isInteractive() == isInteractive) {
                long start = shares.start(call.owner());
                if (best == null || start < least || start == least && call.arrivedAt() < best.arrivedAt()) {
                    best = call;
                    least = start;
                }
            }
        }
        if (best == null) {
            throw new IllegalStateException("No call of this class waits");
        }
        return best;
    }

    void started(List<W> batch) {
        waiting.removeAll(batch);
        batch.forEach(call -> owners.serve(call.owner(), call.rows()));
    }

    void finished(List<W> batch, long nanos, boolean isMeasured, long now) {
        if (isMeasured) {
            times.add(batch.stream().mapToInt(Waiting::rows).sum(), batch.size() > 1, nanos);
        }
        (batch.getFirst().isInteractive() ? interactiveTurn : bulkTurn).left -= nanos;
        expected.clear();
        batch.forEach(call -> expected.put(call.member(), call.owner()));
        waiting.forEach(call -> expected.remove(call.member()));
        expectedUntil = now + Math.min((long) (nanos * HOLD_SHARE), LONGEST_HOLD);
        owners.forgetIdle();
    }
}
