-- How much a tenant may dial, whatever its trunks would carry.
ALTER TABLE tenants ADD COLUMN dial_at_once INTEGER NOT NULL DEFAULT 50;
ALTER TABLE tenants ADD COLUMN dial_per_day INTEGER NOT NULL DEFAULT 2000;
