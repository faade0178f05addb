-- The tenant comes first in every key. Ids are BLOB v7 made by the server, moments are UTC milliseconds.
-- A unique index (but a primary key on the id) is named table_column: the store turns its violation into "this column's value is taken".

CREATE TABLE tenants (
    id      BLOB   NOT NULL PRIMARY KEY,
    slug    TEXT   NOT NULL,
    name    TEXT   NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX tenants_slug ON tenants (slug);

-- Keys that recordings are sealed with, each wrapped by the master key; the newest is used, the old ones still open.
CREATE TABLE recording_keys (
    tenant  BLOB   NOT NULL REFERENCES tenants (id),
    id      INTEGER NOT NULL,
    wrapped BLOB  NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

-- Users are never deleted, only made inactive: history names them.
CREATE TABLE users (
    tenant   BLOB    NOT NULL REFERENCES tenants (id),
    id       BLOB    NOT NULL,
    login    TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    number   TEXT,
    roles    TEXT    NOT NULL, -- JSON array of perms::Role
    active   INTEGER NOT NULL,
    password TEXT,             -- PHC string; NULL: cannot sign in with a password
    created  INTEGER  NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX users_login ON users (tenant, login);
CREATE UNIQUE INDEX users_number ON users (tenant, number);

CREATE TABLE skills (
    tenant BLOB NOT NULL REFERENCES tenants (id),
    id     BLOB NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX skills_name ON skills (tenant, name);

-- Queues and dispositions that were taken away keep their row, so that old contacts still show their names.
CREATE TABLE queues (
    tenant         BLOB    NOT NULL REFERENCES tenants (id),
    id             BLOB    NOT NULL,
    name           TEXT    NOT NULL,
    priority       INTEGER  NOT NULL,
    offer_timeout  INTEGER  NOT NULL,
    wrap_up        INTEGER  NOT NULL,
    greeting       TEXT,
    music          TEXT    NOT NULL,
    announce_every INTEGER,
    record         INTEGER NOT NULL,
    language       TEXT    NOT NULL,
    removed        INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX queues_name ON queues (tenant, name) WHERE removed IS NULL;

CREATE TABLE queue_skills (
    tenant BLOB   NOT NULL,
    queue  BLOB   NOT NULL,
    skill  BLOB   NOT NULL,
    level  INTEGER NOT NULL,
    PRIMARY KEY (tenant, queue, skill),
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, skill) REFERENCES skills (tenant, id)
) STRICT;

CREATE TABLE user_skills (
    tenant  BLOB   NOT NULL,
    user_id BLOB   NOT NULL,
    skill   BLOB   NOT NULL,
    level   INTEGER NOT NULL,
    PRIMARY KEY (tenant, user_id, skill),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, skill) REFERENCES skills (tenant, id)
) STRICT;

CREATE TABLE user_queues (
    tenant  BLOB NOT NULL,
    user_id BLOB NOT NULL,
    queue   BLOB NOT NULL,
    PRIMARY KEY (tenant, user_id, queue),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE TABLE trunks (
    tenant     BLOB   NOT NULL REFERENCES tenants (id),
    id         BLOB   NOT NULL,
    name       TEXT   NOT NULL,
    address    TEXT   NOT NULL,
    sources    TEXT   NOT NULL, -- JSON array of texts
    username   TEXT,
    password   BLOB,           -- sealed with the master key
    caller     TEXT,
    allowed    TEXT   NOT NULL, -- JSON array of texts
    call_limit INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX trunks_name ON trunks (tenant, name);

CREATE TABLE numbers (
    tenant BLOB NOT NULL REFERENCES tenants (id),
    id     BLOB NOT NULL,
    trunk  BLOB NOT NULL,
    number TEXT NOT NULL,
    entry  TEXT NOT NULL, -- JSON of rest::Entry
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, trunk) REFERENCES trunks (tenant, id)
) STRICT;
CREATE UNIQUE INDEX numbers_number ON numbers (tenant, trunk, number);

-- The queues that a number's entry names, so that the database refuses another tenant's.
CREATE TABLE number_queues (
    tenant BLOB NOT NULL,
    number BLOB NOT NULL,
    queue  BLOB NOT NULL,
    PRIMARY KEY (tenant, number, queue),
    FOREIGN KEY (tenant, number) REFERENCES numbers (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id)
) STRICT;
CREATE INDEX number_queues_queue ON number_queues (tenant, queue);

CREATE TABLE dispositions (
    tenant  BLOB   NOT NULL REFERENCES tenants (id),
    id      BLOB   NOT NULL,
    zh      TEXT   NOT NULL,
    en      TEXT   NOT NULL,
    removed INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE customers (
    tenant  BLOB    NOT NULL REFERENCES tenants (id),
    id      BLOB    NOT NULL,
    name    TEXT    NOT NULL,
    company TEXT,
    vip     INTEGER NOT NULL,
    remark  TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE customer_numbers (
    tenant   BLOB NOT NULL,
    number   TEXT NOT NULL,
    customer BLOB NOT NULL,
    CONSTRAINT customer_numbers_number PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, customer) REFERENCES customers (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX customer_numbers_customer ON customer_numbers (tenant, customer);

CREATE TABLE sessions (
    tenant  BLOB   NOT NULL,
    token   BLOB  NOT NULL, -- SHA-256 of the cookie's secret
    user_id BLOB   NOT NULL,
    created INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    PRIMARY KEY (tenant, token),
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) STRICT;
CREATE INDEX sessions_user ON sessions (tenant, user_id);
CREATE INDEX sessions_touched ON sessions (touched);

-- Wrong tries to sign in, also for names and tenants that do not exist: those must look the same from outside.
CREATE TABLE sign_in_tries (
    tenant BLOB   NOT NULL,
    login  TEXT   NOT NULL,
    wrong  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    PRIMARY KEY (tenant, login)
) STRICT;
CREATE INDEX sign_in_tries_last ON sign_in_tries (last);

-- The one-time key for the first administrator; at most one row, of nobody's tenant.
CREATE TABLE setup_key (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    hash BLOB  NOT NULL
) STRICT;

-- Facts. They reference nothing: they arrive in any order and outlive what they name. `version`: newer wins.
CREATE TABLE contacts (
    tenant      BLOB   NOT NULL,
    id          BLOB   NOT NULL,
    version     INTEGER NOT NULL,
    via         TEXT   NOT NULL, -- JSON of desk::Via
    number      TEXT,
    name        TEXT,
    began       INTEGER NOT NULL,
    queued      INTEGER,
    answered    INTEGER,
    ended       INTEGER NOT NULL,
    queue       BLOB,
    agent       BLOB,
    waited      INTEGER NOT NULL,
    talked      INTEGER NOT NULL,
    held        INTEGER NOT NULL,
    wrap_up     INTEGER NOT NULL,
    outcome     TEXT   NOT NULL,
    cause       TEXT   NOT NULL,
    disposition BLOB,
    notes       TEXT   NOT NULL,
    solved      INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX contacts_began ON contacts (tenant, began, id);
CREATE INDEX contacts_agent ON contacts (tenant, agent, began, id);
CREATE INDEX contacts_number ON contacts (tenant, number, ended);

CREATE TABLE legs (
    tenant  BLOB    NOT NULL,
    contact BLOB    NOT NULL,
    id      BLOB    NOT NULL, -- an agent's warm connection is in many contacts
    version INTEGER  NOT NULL,
    agent   BLOB,
    sip     INTEGER NOT NULL,
    began   INTEGER  NOT NULL,
    ended   INTEGER  NOT NULL,
    cause   TEXT    NOT NULL,
    quality TEXT,             -- JSON of edge::Quality
    PRIMARY KEY (tenant, contact, id)
) STRICT;

CREATE TABLE offers (
    tenant  BLOB   NOT NULL,
    id      BLOB   NOT NULL,
    version INTEGER NOT NULL,
    contact BLOB   NOT NULL,
    agent   BLOB   NOT NULL,
    queue   BLOB   NOT NULL,
    made    INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    outcome TEXT   NOT NULL,
    why     TEXT   NOT NULL, -- JSON of desk::Explanation
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX offers_contact ON offers (tenant, contact, made);

CREATE TABLE spans (
    tenant  BLOB   NOT NULL,
    id      BLOB   NOT NULL,
    version INTEGER NOT NULL,
    agent   BLOB   NOT NULL,
    state   TEXT   NOT NULL, -- JSON of desk::AgentState
    contact BLOB,
    began   INTEGER NOT NULL,
    ended   INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX spans_agent ON spans (tenant, agent, began);

CREATE TABLE recordings (
    tenant  BLOB   NOT NULL,
    id      BLOB   NOT NULL,
    version INTEGER NOT NULL,
    contact BLOB   NOT NULL,
    began   INTEGER NOT NULL,
    length  INTEGER NOT NULL,
    fault   TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX recordings_contact ON recordings (tenant, contact, began);

CREATE TABLE audit (
    tenant    BLOB   NOT NULL,
    id        BLOB   NOT NULL,
    at        INTEGER NOT NULL,
    user_id   BLOB,
    user_name TEXT,
    action    TEXT   NOT NULL,
    subject   TEXT   NOT NULL,
    address   TEXT,
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX audit_at ON audit (tenant, at, id);
