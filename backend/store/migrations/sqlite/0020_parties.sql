-- The number of an outside guest in a conference, or of who was consulted; NULL for agents and customers.
ALTER TABLE legs ADD COLUMN outside TEXT;

-- How an agent asked somebody else: a consultation, a transfer, an invitation. Beside the contacts and not among them, so
-- that no figure of a queue ever counts one.
CREATE TABLE consults (
    tenant   BLOB    NOT NULL,
    contact  BLOB    NOT NULL,
    id       BLOB    NOT NULL,
    version  INTEGER NOT NULL,
    by_agent BLOB    NOT NULL,
    purpose  TEXT    NOT NULL,
    queue    BLOB,
    number   TEXT,
    agent    BLOB,               -- who answered, if an agent did
    began    INTEGER NOT NULL,
    answered INTEGER,
    ended    INTEGER NOT NULL,
    cause    TEXT    NOT NULL,
    PRIMARY KEY (tenant, contact, id)
) STRICT;
