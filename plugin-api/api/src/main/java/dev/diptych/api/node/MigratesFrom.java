// SPDX-License-Identifier: Apache-2.0

package dev.diptych.api.node;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A static method of a node class, `void name(NodeDocument node)`, that brings a document of an older version one version further.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface MigratesFrom {
    /// The version that the document was written for; the method brings it to the next.
    int value();
}
