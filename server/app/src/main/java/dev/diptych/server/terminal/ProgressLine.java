// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.terminal;

import dev.diptych.api.value.Image;
import dev.diptych.engine.execution.RunListener;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/// Follows a run on one line of a terminal, with the latest preview above it; elsewhere (a file, a pipe) it writes a line for each node that ends.
/// Calls may come from any thread.
public final class ProgressLine implements RunListener {
    private static final int BAR_CELLS = 24;
    private static final int PREVIEW_COLUMNS = 64;
    private static final int PREVIEW_ROWS = 20;
    private static final long REDRAW_NANOS = 50_000_000;

    private final PrintWriter out;
    private final boolean isTerminal;
    private final int nodes;

    private int ended;
    private int previewLines;
    private String current = "";
    private double fraction;
    private @Nullable Duration left;
    private long drawnAt;

    /// @param nodes how many nodes the plan has
    public ProgressLine(PrintWriter out, boolean isTerminal, int nodes) {
        this.out = out;
        this.isTerminal = isTerminal;
        this.nodes = nodes;
    }

    @Override
    public synchronized void nodeStarted(String node) {
        current = node;
        fraction = 0;
        left = null;
        draw(false);
    }

    @Override
    public synchronized void progress(String node, double done, String message, @Nullable Duration timeLeft) {
        current = message.isEmpty() ? node : node + ": " + message;
        fraction = done;
        left = timeLeft;
        draw(false);
    }

    @Override
    public boolean wantsPreview(String node) {
        return isTerminal;
    }

    @Override
    public synchronized void preview(String node, Image picture) {
        if (!isTerminal) {
            return;
        }
        erase();
        String lines = BlockPicture.of(picture, PREVIEW_COLUMNS, PREVIEW_ROWS);
        previewLines = (int) lines.chars().filter(c -> c == '\n').count();
        out.print(lines);
        draw(true);
    }

    @Override
    public synchronized void nodeEnded(NodeRecord record) {
        ended++;
        fraction = 0;
        left = null;
        if (isTerminal) {
            draw(record.status() != NodeRecord.Status.SUCCEEDED);
        } else {
            out.println(lineFor(record));
            out.flush();
        }
    }

    private static String lineFor(NodeRecord record) {
        String what = record.node() + " (" + record.type() + ") " + record.status().name().toLowerCase(Locale.ROOT);
        if (record.status() != NodeRecord.Status.SUCCEEDED) {
            return what;
        }
        if (record.cached() == record.elements()) {
            return what + " from the cache";
        }
        String why = record.missReason().isEmpty() ? "" : " (" + record.missReason() + ")";
        return what + " in " + inWords(record.computing()) + why;
    }

    /// Removes the line, so that something else can be written.
    public synchronized void finish() {
        if (isTerminal) {
            erase();
            out.flush();
        }
    }

    private void erase() {
        out.print("\r\u001b[K");
        if (previewLines > 0) {
            out.print("\u001b[" + previewLines + "A\u001b[J");
            previewLines = 0;
        }
    }

    private void draw(boolean now) {
        long time = System.nanoTime();
        if (!isTerminal || (!now && time - drawnAt < REDRAW_NANOS)) {
            return;
        }
        drawnAt = time;
        double whole = nodes == 0 ? 1 : Math.min(1, (ended + fraction) / nodes);
        int filled = (int) Math.round(whole * BAR_CELLS);
        String bar = "█".repeat(filled) + "░".repeat(BAR_CELLS - filled);
        String remaining = left == null ? "" : ", " + inWords(left) + " left";
        out.print("\r\u001b[K" + bar + " " + Math.round(whole * 100) + " %  " + shortened(current) + remaining);
        out.flush();
    }

    private static String shortened(String text) {
        return text.length() <= 60 ? text : text.substring(0, 59) + "…";
    }

    static String inWords(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1000) {
            return millis + " ms";
        }
        return millis < 60_000
                ? String.format(Locale.ROOT, "%.1f s", millis / 1000.0)
                : duration.toMinutes() + " min " + duration.toSecondsPart() + " s";
    }
}
