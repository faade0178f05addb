-- Messages that callers left; the sound is a file as a recording's, under the same id.
CREATE TABLE messages (
    tenant  UUID NOT NULL,
    id      UUID NOT NULL,
    version BIGINT NOT NULL,
    contact UUID NOT NULL,
    kind    TEXT NOT NULL,       -- queue or agent
    owner   UUID NOT NULL,        -- that queue or agent
    number  TEXT,
    name    TEXT,
    began   BIGINT NOT NULL,
    length  BIGINT NOT NULL,
    fault   TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX messages_began ON messages (tenant, began, id);

-- What people did with a message: beside it, so that a fact that is delivered again takes nothing back.
CREATE TABLE message_marks (
    tenant   UUID NOT NULL,
    id       UUID NOT NULL,
    heard    BIGINT,
    heard_by TEXT,               -- their name then
    removed  BIGINT,
    PRIMARY KEY (tenant, id)
);

-- Messages that must be mailed if their box has an address: written with the message, so that no crash loses one.
CREATE TABLE message_mails (
    tenant UUID NOT NULL,
    id     UUID NOT NULL,
    tries  BIGINT NOT NULL,
    due    BIGINT,                  -- NULL: done, or given up
    fault  TEXT,                 -- why the last try failed
    PRIMARY KEY (tenant, id)
);
CREATE INDEX message_mails_due ON message_mails (due) WHERE due IS NOT NULL;
