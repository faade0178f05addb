-- The tenant comes first in every key. Ids are UUID v7 made by the server, moments are UTC milliseconds.
-- A unique index (but a primary key on the id) is named table_column: the store turns its violation into "this column's value is taken".

CREATE TABLE tenants (
    id      UUID   NOT NULL PRIMARY KEY,
    slug    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    created BIGINT NOT NULL
);
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

-- Keys that recordings are sealed with, each wrapped by the master key; the newest is used, the old ones still open.
CREATE TABLE recording_keys (
    tenant  UUID   NOT NULL REFERENCES tenants (id),
    id      BIGINT NOT NULL,
    wrapped BYTEA  NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- Users are never deleted, only made inactive: history names them.
CREATE TABLE users (
    tenant   UUID    NOT NULL REFERENCES tenants (id),
    id       UUID    NOT NULL,
    login    TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    number   TEXT,
    roles    TEXT    NOT NULL, -- JSON array of perms::Role
    active   BOOLEAN NOT NULL,
    password TEXT,             -- PHC string; NULL: cannot sign in with a password
    created  BIGINT  NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX users_login ON users (tenant, login);
CREATE UNIQUE INDEX users_number ON users (tenant, number);

CREATE TABLE skills (
    tenant UUID NOT NULL REFERENCES tenants (id),
    id     UUID NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX skills_name ON skills (tenant, name);

-- Queues and dispositions that were taken away keep their row, so that old contacts still show their names.
CREATE TABLE queues (
    tenant         UUID    NOT NULL REFERENCES tenants (id),
    id             UUID    NOT NULL,
    name           TEXT    NOT NULL,
    priority       BIGINT  NOT NULL,
    offer_timeout  BIGINT  NOT NULL,
    wrap_up        BIGINT  NOT NULL,
    greeting       TEXT,
    music          TEXT    NOT NULL,
    announce_every BIGINT,
    record         BOOLEAN NOT NULL,
    language       TEXT    NOT NULL,
    removed        BIGINT,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX queues_name ON queues (tenant, name) WHERE removed IS NULL;

CREATE TABLE queue_skills (
    tenant UUID   NOT NULL,
    queue  UUID   NOT NULL,
    skill  UUID   NOT NULL,
    level  BIGINT NOT NULL,
    PRIMARY KEY (tenant, queue, skill),
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, skill) REFERENCES skills (tenant, id)
);

CREATE TABLE user_skills (
    tenant  UUID   NOT NULL,
    user_id UUID   NOT NULL,
    skill   UUID   NOT NULL,
    level   BIGINT NOT NULL,
    PRIMARY KEY (tenant, user_id, skill),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, skill) REFERENCES skills (tenant, id)
);

CREATE TABLE user_queues (
    tenant  UUID NOT NULL,
    user_id UUID NOT NULL,
    queue   UUID NOT NULL,
    PRIMARY KEY (tenant, user_id, queue),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE
);

CREATE TABLE trunks (
    tenant     UUID   NOT NULL REFERENCES tenants (id),
    id         UUID   NOT NULL,
    name       TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    sources    TEXT   NOT NULL, -- JSON array of texts
    username   TEXT,
    password   BYTEA,           -- sealed with the master key
    caller     TEXT,
    allowed    TEXT   NOT NULL, -- JSON array of texts
    call_limit BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX trunks_name ON trunks (tenant, name);

CREATE TABLE numbers (
    tenant UUID NOT NULL REFERENCES tenants (id),
    id     UUID NOT NULL,
    trunk  UUID NOT NULL,
    number TEXT NOT NULL,
    entry  TEXT NOT NULL, -- JSON of rest::Entry
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, trunk) REFERENCES trunks (tenant, id)
);
CREATE UNIQUE INDEX numbers_number ON numbers (tenant, trunk, number);

-- The queues that a number's entry names, so that the database refuses another tenant's.
CREATE TABLE number_queues (
    tenant UUID NOT NULL,
    number UUID NOT NULL,
    queue  UUID NOT NULL,
    PRIMARY KEY (tenant, number, queue),
    FOREIGN KEY (tenant, number) REFERENCES numbers (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id)
);
CREATE INDEX number_queues_queue ON number_queues (tenant, queue);

CREATE TABLE dispositions (
    tenant  UUID   NOT NULL REFERENCES tenants (id),
    id      UUID   NOT NULL,
    zh      TEXT   NOT NULL,
    en      TEXT   NOT NULL,
    removed BIGINT,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE customers (
    tenant  UUID    NOT NULL REFERENCES tenants (id),
    id      UUID    NOT NULL,
    name    TEXT    NOT NULL,
    company TEXT,
    vip     BOOLEAN NOT NULL,
    remark  TEXT,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE customer_numbers (
    tenant   UUID NOT NULL,
    number   TEXT NOT NULL,
    customer UUID NOT NULL,
    CONSTRAINT customer_numbers_number PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, id) ON DELETE CASCADE
);
CREATE INDEX customer_numbers_customer ON customer_numbers (tenant, customer);

CREATE TABLE sessions (
    tenant  UUID   NOT NULL,
    token   BYTEA  NOT NULL, -- SHA-256 of the cookie's secret
    user_id UUID   NOT NULL,
    created BIGINT NOT NULL,
    touched BIGINT NOT NULL,
    PRIMARY KEY (tenant, token),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
);
CREATE INDEX sessions_user ON sessions (tenant, user_id);
CREATE INDEX sessions_touched ON sessions (touched);

-- Wrong tries to sign in, also for names and tenants that do not exist: those must look the same from outside.
CREATE TABLE sign_in_tries (
    tenant UUID   NOT NULL,
    login  TEXT   NOT NULL,
    wrong  BIGINT NOT NULL,
    last   BIGINT NOT NULL,
    PRIMARY KEY (tenant, login)
);
CREATE INDEX sign_in_tries_last ON sign_in_tries (last);

-- The one-time key for the first administrator; at most one row, of nobody's tenant.
CREATE TABLE setup_key (
    one  BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    hash BYTEA  NOT NULL
);

-- Facts. They reference nothing: they arrive in any order and outlive what they name. `version`: newer wins.
CREATE TABLE contacts (
    tenant      UUID   NOT NULL,
    id          UUID   NOT NULL,
    version     BIGINT NOT NULL,
    via         TEXT   NOT NULL, -- JSON of desk::Via
    number      TEXT,
    name        TEXT,
    began       BIGINT NOT NULL,
    queued      BIGINT,
    answered    BIGINT,
    ended       BIGINT NOT NULL,
    queue       UUID,
    agent       UUID,
    waited      BIGINT NOT NULL,
    talked      BIGINT NOT NULL,
    held        BIGINT NOT NULL,
    wrap_up     BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    cause       TEXT   NOT NULL,
    disposition UUID,
    notes       TEXT   NOT NULL,
    solved      BOOLEAN,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX contacts_began ON contacts (tenant, began, id);
CREATE INDEX contacts_agent ON contacts (tenant, agent, began, id);
CREATE INDEX contacts_number ON contacts (tenant, number, ended);

CREATE TABLE legs (
    tenant  UUID    NOT NULL,
    contact UUID    NOT NULL,
    id      UUID    NOT NULL, -- an agent's warm connection is in many contacts
    version BIGINT  NOT NULL,
    agent   UUID,
    sip     BOOLEAN NOT NULL,
    began   BIGINT  NOT NULL,
    ended   BIGINT  NOT NULL,
    cause   TEXT    NOT NULL,
    quality TEXT,             -- JSON of edge::Quality
    PRIMARY KEY (tenant, contact, id)
);

CREATE TABLE offers (
    tenant  UUID   NOT NULL,
    id      UUID   NOT NULL,
    version BIGINT NOT NULL,
    contact UUID   NOT NULL,
    agent   UUID   NOT NULL,
    queue   UUID   NOT NULL,
    made    BIGINT NOT NULL,
    ended   BIGINT NOT NULL,
    outcome TEXT   NOT NULL,
    why     TEXT   NOT NULL, -- JSON of desk::Explanation
    PRIMARY KEY (tenant, id)
);
CREATE INDEX offers_contact ON offers (tenant, contact, made);

CREATE TABLE spans (
    tenant  UUID   NOT NULL,
    id      UUID   NOT NULL,
    version BIGINT NOT NULL,
    agent   UUID   NOT NULL,
    state   TEXT   NOT NULL, -- JSON of desk::AgentState
    contact UUID,
    began   BIGINT NOT NULL,
    ended   BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX spans_agent ON spans (tenant, agent, began);

CREATE TABLE recordings (
    tenant  UUID   NOT NULL,
    id      UUID   NOT NULL,
    version BIGINT NOT NULL,
    contact UUID   NOT NULL,
    began   BIGINT NOT NULL,
    length  BIGINT NOT NULL,
    fault   TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX recordings_contact ON recordings (tenant, contact, began);

CREATE TABLE audit (
    tenant    UUID   NOT NULL,
    id        UUID   NOT NULL,
    at        BIGINT NOT NULL,
    user_id   UUID,
    user_name TEXT,
    action    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    address   TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX audit_at ON audit (tenant, at, id);
