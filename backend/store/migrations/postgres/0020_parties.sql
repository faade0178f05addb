-- The number of an outside guest in a conference, or of who was consulted; NULL for agents and customers.
ALTER TABLE legs ADD COLUMN outside TEXT;

-- How an agent asked somebody else: a consultation, a transfer, an invitation. Beside the contacts and not among them, so
-- that no figure of a queue ever counts one.
CREATE TABLE consults (
    tenant   UUID    NOT NULL,
    contact  UUID    NOT NULL,
    id       UUID    NOT NULL,
    version  BIGINT NOT NULL,
    by_agent UUID    NOT NULL,
    purpose  TEXT    NOT NULL,
    queue    UUID,
    number   TEXT,
    agent    UUID,               -- who answered, if an agent did
    began    BIGINT NOT NULL,
    answered BIGINT,
    ended    BIGINT NOT NULL,
    cause    TEXT    NOT NULL,
    PRIMARY KEY (tenant, contact, id)
);
