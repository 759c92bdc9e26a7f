// SPDX-License-Identifier: Apache-2.0

/// Adding models to an installation and taking them away: from this machine's files, by upload, from URLs.
@NullMarked
package dev.diptych.server.models;

import org.jspecify.annotations.NullMarked;
