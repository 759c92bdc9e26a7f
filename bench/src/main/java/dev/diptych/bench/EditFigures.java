// SPDX-License-Identifier: Apache-2.0

package dev.diptych.bench;

import java.io.IOException;
import java.util.List;

/// What is measured of one kind of edits.
interface EditFigures {
    List<Figure> of(EditedPortraits portraits) throws IOException, InterruptedException;
}
