-- Who called last.
ALTER TABLE callbacks ADD COLUMN tried_by BLOB;

-- Which contacts are tries of which callback, for their history.
CREATE TABLE callback_tries (
    tenant   BLOB NOT NULL,
    contact  BLOB NOT NULL,
    callback BLOB NOT NULL,
    PRIMARY KEY (tenant, contact)
) STRICT;

-- How a contact was led on from queues: JSON of a list of waiting::Hop.
ALTER TABLE contacts ADD COLUMN hops TEXT NOT NULL DEFAULT '[]';
