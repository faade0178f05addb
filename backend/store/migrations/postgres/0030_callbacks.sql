-- Who is to be called back, as the floor tells it whenever it changes; body is JSON of callbacks::Callback, the other
-- columns are what lists and histories look for. A row that is over keeps what was tried.
CREATE TABLE callbacks (
    tenant  UUID   NOT NULL,
    id      UUID   NOT NULL,
    version BIGINT NOT NULL,
    queue   UUID,
    agent   UUID,
    number  TEXT,
    contact UUID,                -- that it comes from
    booked  BIGINT NOT NULL,
    due     BIGINT NOT NULL,
    ended   BIGINT,             -- NULL while it is open
    body    TEXT   NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX callbacks_open ON callbacks (tenant, due) WHERE ended IS NULL;
CREATE INDEX callbacks_ended ON callbacks (tenant, ended) WHERE ended IS NOT NULL;
CREATE INDEX callbacks_contact ON callbacks (tenant, contact);
