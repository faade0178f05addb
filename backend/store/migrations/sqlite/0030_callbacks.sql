-- Who is to be called back, as the floor tells it whenever it changes; body is JSON of callbacks::Callback, the other
-- columns are what lists and histories look for. A row that is over keeps what was tried.
CREATE TABLE callbacks (
    tenant  BLOB    NOT NULL,
    id      BLOB    NOT NULL,
    version INTEGER NOT NULL,
    queue   BLOB,
    agent   BLOB,
    number  TEXT,
    contact BLOB,                -- that it comes from
    booked  INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    ended   INTEGER,             -- NULL while it is open
    body    TEXT    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX callbacks_open ON callbacks (tenant, due) WHERE ended IS NULL;
CREATE INDEX callbacks_ended ON callbacks (tenant, ended) WHERE ended IS NOT NULL;
CREATE INDEX callbacks_contact ON callbacks (tenant, contact);
