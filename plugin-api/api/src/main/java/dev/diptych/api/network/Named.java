// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.network;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The checkpoint's name for a field, where the rule of [Module] does not give it: `to_out.0`, `linear_1`. With an empty name the field adds
/// nothing to the path, and its own fields stand in its place.
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Named {
    /// Dots separate the parts of a path.
    String value();
}
