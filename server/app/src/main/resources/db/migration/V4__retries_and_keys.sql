-- SPDX-License-Identifier: Apache-2.0
-- The URL stays as long as its job: a retry makes the webhook due again. Settled is one that was told, or given up.
ALTER TABLE webhooks ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX webhooks_open ON webhooks (due) WHERE settled = 0;
