-- SPDX-License-Identifier: Apache-2.0
-- Instants are milliseconds since 1970.

-- The plugins that jobs need, each set once: claims compare numbers.
CREATE TABLE plugin_sets (
    id      INTEGER PRIMARY KEY,
    digests TEXT NOT NULL UNIQUE
);

-- The long columns come last: lists read the others without them.
CREATE TABLE jobs (
    id              TEXT PRIMARY KEY,
    owner           TEXT NOT NULL,
    state           TEXT NOT NULL,
    priority        INTEGER NOT NULL,
    name            TEXT NOT NULL,
    plugin_set      INTEGER NOT NULL REFERENCES plugin_sets (id),
    idempotency_key TEXT,
    request_digest  TEXT,
    runs_alone      INTEGER NOT NULL DEFAULT 0,
    epoch           INTEGER NOT NULL DEFAULT 0,
    worker          TEXT,
    created         INTEGER NOT NULL,
    started         INTEGER,
    finished        INTEGER,
    options         TEXT NOT NULL,
    result          TEXT,
    error           TEXT,
    outputs         TEXT NOT NULL,
    inputs          TEXT NOT NULL,
    workflow        TEXT NOT NULL
);

CREATE INDEX jobs_queue ON jobs (priority, owner, id, plugin_set, runs_alone) WHERE state = 'queued';
CREATE INDEX jobs_held ON jobs (id) WHERE state IN ('running', 'cancelling');
CREATE INDEX jobs_finished ON jobs (finished) WHERE finished IS NOT NULL;
CREATE INDEX jobs_by_state ON jobs (state, id);
CREATE INDEX jobs_by_owner ON jobs (owner, id);
CREATE INDEX jobs_by_owner_and_state ON jobs (owner, state, id);
CREATE UNIQUE INDEX jobs_idempotency ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE node_records (
    job          TEXT NOT NULL,
    node         TEXT NOT NULL,
    epoch        INTEGER NOT NULL,
    type         TEXT NOT NULL,
    status       TEXT NOT NULL,
    milliseconds INTEGER NOT NULL,
    elements     INTEGER NOT NULL,
    cached       INTEGER NOT NULL,
    miss_reason  TEXT NOT NULL,
    inputs       TEXT NOT NULL,
    outputs      TEXT NOT NULL,
    error        TEXT,
    recorded     INTEGER NOT NULL,
    PRIMARY KEY (job, node, epoch)
) WITHOUT ROWID;

CREATE TABLE events (
    job  TEXT NOT NULL,
    seq  INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, seq)
) WITHOUT ROWID;

CREATE TABLE strikes (
    job   TEXT NOT NULL,
    node  TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (job, node)
) WITHOUT ROWID;

CREATE TABLE workflows (
    name     TEXT NOT NULL,
    number   INTEGER NOT NULL,
    revision TEXT NOT NULL,
    title    TEXT NOT NULL,
    document TEXT NOT NULL,
    created  INTEGER NOT NULL,
    PRIMARY KEY (name, number)
) WITHOUT ROWID;

CREATE TABLE tokens (
    id        TEXT PRIMARY KEY,
    sha256    TEXT NOT NULL UNIQUE,
    owner     TEXT NOT NULL,
    scopes    TEXT NOT NULL,
    created   INTEGER NOT NULL,
    last_used INTEGER,
    revoked   INTEGER
) WITHOUT ROWID;

CREATE TABLE assets (
    sha256     TEXT PRIMARY KEY,
    bytes      INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    owner      TEXT NOT NULL,
    created    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE asset_references (
    job    TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (job, sha256)
) WITHOUT ROWID;

CREATE INDEX asset_references_by_asset ON asset_references (sha256);
