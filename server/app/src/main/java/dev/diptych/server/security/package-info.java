// SPDX-License-Identifier: Apache-2.0

/// Who may do what: tokens, owners, scopes, and which hosts and origins a request may come from.
@NullMarked
package dev.diptych.server.security;

import org.jspecify.annotations.NullMarked;
