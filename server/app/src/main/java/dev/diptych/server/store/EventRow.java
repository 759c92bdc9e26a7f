// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.store;

/// A stored event of a job.
public record EventRow(String job, long sequence, String kind, String body) {}
