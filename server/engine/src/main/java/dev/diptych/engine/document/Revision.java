// SPDX-License-Identifier: Apache-2.0

package dev.diptych.engine.document;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.erdtman.jcs.JsonCanonicalizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Names what a document says: the first 12 hexadecimal digits of the SHA-256 of its RFC 8785 JSON, in normal form and without the editor's layout.
public final class Revision {
    private static final int BYTES = 6;

    private Revision() {}

    public static String of(WorkflowDocument document) {
        ObjectNode tree = new WorkflowWriter().tree(document);
        tree.remove("layout");
        try {
            byte[] canonical = new JsonCanonicalizer(tree.toString()).getEncodedUTF8();
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(canonical);
            return HexFormat.of().formatHex(digest, 0, BYTES);
        } catch (IOException e) {
            throw new UncheckedIOException("The document holds a number that is not finite", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256", e);
        }
    }
}
