// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import picocli.CommandLine;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/// What a command of `diptych` left behind, run in this process.
record RanCommand(int exit, String out, String err) {
    static RanCommand of(List<String> arguments) {
        String[] all = arguments.toArray(String[]::new);
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine(all);
        line.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        int exit = line.execute(all);
        return new RanCommand(exit, out.toString(), err.toString());
    }
}
