-- SPDX-License-Identifier: Apache-2.0
-- Who is told when a job has ended; a row goes when it was told, or after the last attempt.
CREATE TABLE webhooks (
    job      TEXT PRIMARY KEY,
    url      TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due      INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
