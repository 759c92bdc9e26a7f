// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server.jobs;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// One page of a list.
///
/// @param next give it as [JobFilter#before()] for the page that follows; null on the last
public record JobPage(List<Job> jobs, @Nullable String next) {}
