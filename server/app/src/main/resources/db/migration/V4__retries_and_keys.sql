-- SPDX-License-Identifier: Apache-2.0
-- The URL stays as long as its job: a retry makes the webhook due again. Settled is one that was told, or given up.
ALTER TABLE webhooks ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX webhooks_open ON webhooks (due) WHERE settled = 0;

-- It is of the request as it was sent; earlier digests were of what that meant then, and cannot be compared.
UPDATE jobs SET request_digest = NULL;
