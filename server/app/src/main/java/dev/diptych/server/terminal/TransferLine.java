// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.terminal;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/// Follows files that come in on one line of a terminal; elsewhere (a file, a pipe) it writes a line for each file. Calls may come from any thread.
public final class TransferLine {
    private static final long REDRAW_NANOS = 100_000_000;
    private static final int BAR_CELLS = 24;

    private final PrintWriter out;
    private final boolean isTerminal;
    private String file = "";
    private long drawnAt;

    public TransferLine(PrintWriter out, boolean isTerminal) {
        this.out = out;
        this.isTerminal = isTerminal;
    }

    /// @param number of the file, from 1
    /// @param total  bytes of the file; -1 while that is not known
    public synchronized void at(
            String newFile, int number, int files, long bytes, long total, @Nullable Duration left) {
        if (!isTerminal) {
            if (!newFile.equals(file)) {
                out.println(newFile + (files > 1 ? " (" + number + " of " + files + ")" : ""));
                out.flush();
            }
            file = newFile;
            return;
        }
        file = newFile;
        long now = System.nanoTime();
        if (now - drawnAt < REDRAW_NANOS) {
            return;
        }
        drawnAt = now;
        double fraction = total <= 0 ? 0 : Math.min(1, bytes / (double) total);
        int filled = (int) Math.round(fraction * BAR_CELLS);
        out.print(
                "\r\u001b[K"
                        + "█".repeat(filled)
                        + "░".repeat(BAR_CELLS - filled)
                        + " "
                        + megabytes(bytes)
                        + (total < 0 ? "" : " of " + megabytes(total))
                        + "  "
                        + (file.length() <= 50 ? file : "…" + file.substring(file.length() - 49))
                        + (files > 1 ? " (" + number + " of " + files + ")" : "")
                        + (left == null ? "" : ", " + ProgressLine.inWords(left) + " left"));
        out.flush();
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }

    /// Removes the line, so that something else can be written.
    public synchronized void finish() {
        if (isTerminal) {
            out.print("\r\u001b[K");
            out.flush();
        }
    }
}
