// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.error;

/// Who can mend an error. The kind decides the HTTP status, the log level, and whether a stack trace is kept.
public enum ErrorKind {
    /// The graph, a parameter or a file: the person who wrote the workflow can mend it.
    USER,
    /// Memory, disk, a device or a model is missing or exhausted: the operator can mend it.
    RESOURCE,
    /// A node threw what it should not: its plugin's author can mend it.
    PLUGIN,
    /// A fault of Diptych itself.
    INTERNAL
}
