// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.device;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/// A call of a model, for the flight recorder.
@Name("dev.diptych.ModelCall")
@Label("Model call")
@Category("Diptych")
@Description("One call of a model: what it waited, and its share of the batch that it was computed in.")
@StackTrace(false)
final class ModelCallEvent extends Event {
    @Label("Model")
    String model = "";

    @Label("Function")
    String function = "";

    @Label("Device")
    String device = "";

    @Label("Number format")
    String format = "";

    @Label("Rows")
    int rows;

    @Label("Rows of the batch")
    int batchRows;

    @Label("Calls of the batch")
    int batchCalls;

    @Label("Waited")
    @Timespan(Timespan.NANOSECONDS)
    long waited;

    @Label("Share of the batch's time")
    @Timespan(Timespan.NANOSECONDS)
    long share;

    @Label("Expected peak of the batch")
    @DataAmount
    long peakBytes;
}
