-- Who called last.
ALTER TABLE callbacks ADD COLUMN tried_by UUID;

-- Which contacts are tries of which callback, for their history.
CREATE TABLE callback_tries (
    tenant   UUID NOT NULL,
    contact  UUID NOT NULL,
    callback UUID NOT NULL,
    PRIMARY KEY (tenant, contact)
);

-- How a contact was led on from queues: JSON of a list of waiting::Hop.
ALTER TABLE contacts ADD COLUMN hops TEXT NOT NULL DEFAULT '[]';
