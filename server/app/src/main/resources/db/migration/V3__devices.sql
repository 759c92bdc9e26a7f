-- SPDX-License-Identifier: Apache-2.0
-- What a node had of devices: a JSON object, or null if it called no model.
ALTER TABLE node_records ADD COLUMN devices TEXT;
