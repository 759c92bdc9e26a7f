// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.value;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// What is synced to the disk, as the JDK's flight recorder has it.
final class SyncedPaths {
    private static final String SYNC = "jdk.FileForce";

    private SyncedPaths() {}

    /// What may be done meanwhile.
    interface Action {
        void run() throws IOException;
    }

    /// The files and folders below a folder, and it itself, that an action has synced, in order.
    static List<Path> during(Path folder, Action action) throws IOException {
        Path file = Files.createTempFile("synced", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable(SYNC).withoutThreshold();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals(SYNC))
                    .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                    .map(event -> Path.of(event.getString("path")))
                    .filter(path -> path.startsWith(folder))
                    .toList();
        } finally {
            Files.delete(file);
        }
    }
}
