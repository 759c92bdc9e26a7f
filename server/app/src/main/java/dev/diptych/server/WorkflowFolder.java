// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.engine.document.DocumentException;
import dev.diptych.engine.document.Revision;
import dev.diptych.engine.document.WorkflowDocument;
import dev.diptych.engine.document.WorkflowReader;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Workflow documents in folders: where `run` looks nested workflows up.
final class WorkflowFolder {
    private final List<Path> folders;
    private final WorkflowReader reader;

    /// @param folders looked through in this order
    WorkflowFolder(List<Path> folders, WorkflowReader reader) {
        this.folders = folders;
        this.reader = reader;
    }

    /// @param reference `name@revision`
    Optional<WorkflowDocument> find(String reference) {
        int at = reference.indexOf('@');
        String name = at < 0 ? reference : reference.substring(0, at);
        String revision = at < 0 ? "" : reference.substring(at + 1);
        return folders.stream()
                .flatMap(this::documents)
                .filter(document ->
                        document.name().equals(name) && (revision.isEmpty() || Revision.of(document).equals(revision)))
                .findFirst();
    }

    private Stream<WorkflowDocument> documents(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".json")).sorted().toList().stream()
                    .flatMap(this::document);
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    /// Other files beside a workflow are not its concern.
    private Stream<WorkflowDocument> document(Path file) {
        try {
            return Stream.of(reader.read(Files.readAllBytes(file)));
        } catch (IOException | DocumentException e) {
            return Stream.empty();
        }
    }
}
