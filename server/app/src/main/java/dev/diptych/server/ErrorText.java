// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import dev.diptych.api.error.NodeException;
import dev.diptych.engine.document.Problem;

import org.jspecify.annotations.Nullable;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// What somebody at a terminal is told of an exception: a sentence. Those of the file system have only a path as their message.
final class ErrorText {
    private static final String CODE = "server/bad-argument";

    private ErrorText() {}

    static Problem problem(Exception e) {
        return e instanceof NodeException node
                ? new Problem(node.code(), null, null, null, sentence(node), node.next().orElse(null))
                : new Problem(CODE, null, null, null, sentence(e), null);
    }

    private static String sentence(Exception e) {
        return switch (e) {
            case NoSuchFileException file -> "There is no file " + file.getFile() + ".";
            case AccessDeniedException file -> "This user may not use " + file.getFile() + ".";
            case FileAlreadyExistsException file -> file.getFile() + " is there already.";
            case NotDirectoryException file -> file.getFile() + " is no folder.";
            case FileSystemException file -> file.getFile() + ": " + said(file.getReason(), file) + ".";
            default -> said(e.getMessage(), e);
        };
    }

    private static String said(@Nullable String text, Exception e) {
        return text == null ? e.toString() : text;
    }
}
