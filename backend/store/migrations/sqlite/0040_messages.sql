-- Messages that callers left; the sound is a file as a recording's, under the same id.
CREATE TABLE messages (
    tenant  BLOB NOT NULL,
    id      BLOB NOT NULL,
    version INTEGER NOT NULL,
    contact BLOB NOT NULL,
    kind    TEXT NOT NULL,       -- queue or agent
    owner   BLOB NOT NULL,        -- that queue or agent
    number  TEXT,
    name    TEXT,
    began   INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    fault   TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX messages_began ON messages (tenant, began, id);

-- What people did with a message: beside it, so that a fact that is delivered again takes nothing back.
CREATE TABLE message_marks (
    tenant   BLOB NOT NULL,
    id       BLOB NOT NULL,
    heard    INTEGER,
    heard_by TEXT,               -- their name then
    removed  INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;

-- Messages that must be mailed if their box has an address: written with the message, so that no crash loses one.
CREATE TABLE message_mails (
    tenant BLOB NOT NULL,
    id     BLOB NOT NULL,
    tries  INTEGER NOT NULL,
    due    INTEGER,                  -- NULL: done, or given up
    fault  TEXT,                 -- why the last try failed
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX message_mails_due ON message_mails (due) WHERE due IS NOT NULL;
