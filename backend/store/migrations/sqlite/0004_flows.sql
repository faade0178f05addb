-- Flows: a draft that is edited, and versions that were published and never change.
CREATE TABLE flows (
    tenant    BLOB    NOT NULL REFERENCES tenants (id),
    id        BLOB    NOT NULL,
    name      TEXT    NOT NULL,
    revision  INTEGER NOT NULL,
    flow      TEXT    NOT NULL, -- JSON of flow::Flow, the draft
    tests     TEXT    NOT NULL, -- JSON array of wire::flows::FlowTest
    saved     INTEGER NOT NULL,
    saved_by  BLOB,
    published INTEGER,          -- the version that callers walk
    PRIMARY KEY (tenant, id)
) STRICT;
CREATE UNIQUE INDEX flows_name ON flows (tenant, name);

CREATE TABLE flow_versions (
    tenant       BLOB    NOT NULL,
    flow         BLOB    NOT NULL,
    version      INTEGER NOT NULL,
    published    INTEGER NOT NULL,
    published_by BLOB,
    note         TEXT    NOT NULL,
    restored     INTEGER,
    body         TEXT    NOT NULL, -- JSON of flow::Flow
    tests        TEXT    NOT NULL,
    PRIMARY KEY (tenant, flow, version),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id) ON DELETE CASCADE
) STRICT;

-- What the published version of a flow names, so that nothing is taken away that callers still need.
CREATE TABLE flow_queues (
    tenant BLOB NOT NULL,
    flow   BLOB NOT NULL,
    queue  BLOB NOT NULL,
    PRIMARY KEY (tenant, flow, queue),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id)
) STRICT;
CREATE INDEX flow_queues_queue ON flow_queues (tenant, queue);

CREATE TABLE flow_flows (
    tenant BLOB NOT NULL,
    flow   BLOB NOT NULL,
    calls  BLOB NOT NULL,
    PRIMARY KEY (tenant, flow, calls),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, calls) REFERENCES flows (tenant, id)
) STRICT;
CREATE INDEX flow_flows_calls ON flow_flows (tenant, calls);

-- The flow that a number leads to.
CREATE TABLE number_flows (
    tenant BLOB NOT NULL,
    number BLOB NOT NULL,
    flow   BLOB NOT NULL,
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, number) REFERENCES numbers (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id)
) STRICT;
CREATE INDEX number_flows_flow ON number_flows (tenant, flow);

-- The queue for callers whose flow cannot go on; it is in number_queues, too.
ALTER TABLE numbers ADD COLUMN fallback BLOB;

-- The nodes that a contact walked, and what it answered to surveys.
CREATE TABLE trails (
    tenant  BLOB    NOT NULL,
    contact BLOB    NOT NULL,
    version INTEGER NOT NULL,
    steps   TEXT    NOT NULL, -- JSON array of facts::Footstep
    PRIMARY KEY (tenant, contact)
) STRICT;

CREATE TABLE survey_answers (
    tenant   BLOB    NOT NULL,
    contact  BLOB    NOT NULL,
    flow     BLOB    NOT NULL,
    node     INTEGER NOT NULL,
    question INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    scale    TEXT    NOT NULL,
    score    INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    PRIMARY KEY (tenant, contact, flow, node, question)
) STRICT;
