// SPDX-License-Identifier: Apache-2.0

package dev.diptych.server;

import com.fasterxml.jackson.databind.JsonNode;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

import java.util.List;
import java.util.Map;

/// Makes, lists and revokes tokens.
@Command(
        name = "token",
        description = "Makes, lists and revokes tokens. The first one switches login on for everybody.",
        mixinStandardHelpOptions = true)
final class TokenCommand extends StateCommand implements Runnable {
    @Override
    public void run() {
        throw new ParameterException(spec().commandLine(), "Which of create, list and revoke?");
    }

    @Command(name = "create", description = "Makes a token and prints it. It cannot be shown again.")
    int create(
            @Option(names = "--owner", paramLabel = "NAME", required = true, description = "Whose jobs these are.")
                    String owner,
            @Option(
                            names = "--scope",
                            paramLabel = "SCOPE",
                            split = ",",
                            defaultValue = "run",
                            description = "read, run, worker or admin; may be repeated (default: run).")
                    List<String> scopes) {
        return with(server ->
                out().println(
                                server.call("POST", "/tokens", Map.of("owner", owner, "scopes", scopes))
                                        .path("token")
                                        .asText()));
    }

    @Command(name = "list", description = "Lists the tokens, without their texts.")
    int list() {
        return with(server -> {
            for (JsonNode token : server.call("GET", "/tokens", null).path("tokens")) {
                out().println(
                                token.path("id").asText()
                                        + "  "
                                        + token.path("owner").asText()
                                        + "  "
                                        + token.path("scopes")
                                        + "  "
                                        + token.path("created").asText()
                                        + (token.path("revoked").asBoolean() ? "  revoked" : ""));
            }
        });
    }

    @Command(name = "revoke", description = "Revokes a token.")
    int revoke(@Parameters(paramLabel = "ID", description = "As the list shows it.") String id) {
        return with(server -> server.call("DELETE", "/tokens/" + ServerClient.quoted(id), null));
    }
}
