-- What agents take at once by channel, and what may interrupt what, as JSON: absent parts are the usual.
ALTER TABLE tenants ADD COLUMN capacity TEXT NOT NULL DEFAULT '{}';

-- Who has a task in hand.
ALTER TABLE callbacks ADD COLUMN held_by BLOB;
