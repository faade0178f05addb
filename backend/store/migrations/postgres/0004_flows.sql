-- Flows: a draft that is edited, and versions that were published and never change.
CREATE TABLE flows (
    tenant    UUID    NOT NULL REFERENCES tenants (id),
    id        UUID    NOT NULL,
    name      TEXT    NOT NULL,
    revision  BIGINT  NOT NULL,
    flow      TEXT    NOT NULL, -- JSON of flow::Flow, the draft
    tests     TEXT    NOT NULL, -- JSON array of wire::flows::FlowTest
    saved     BIGINT  NOT NULL,
    saved_by  UUID,
    published BIGINT,          -- the version that callers walk
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX flows_name ON flows (tenant, name);

CREATE TABLE flow_versions (
    tenant       UUID    NOT NULL,
    flow         UUID    NOT NULL,
    version      BIGINT  NOT NULL,
    published    BIGINT  NOT NULL,
    published_by UUID,
    note         TEXT    NOT NULL,
    restored     BIGINT,
    body         TEXT    NOT NULL, -- JSON of flow::Flow
    tests        TEXT    NOT NULL,
    PRIMARY KEY (tenant, flow, version),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id) ON DELETE CASCADE
);

-- What the published version of a flow names, so that nothing is taken away that callers still need.
CREATE TABLE flow_queues (
    tenant UUID NOT NULL,
    flow   UUID NOT NULL,
    queue  UUID NOT NULL,
    PRIMARY KEY (tenant, flow, queue),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id)
);
CREATE INDEX flow_queues_queue ON flow_queues (tenant, queue);

CREATE TABLE flow_flows (
    tenant UUID NOT NULL,
    flow   UUID NOT NULL,
    calls  UUID NOT NULL,
    PRIMARY KEY (tenant, flow, calls),
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, calls) REFERENCES flows (tenant, id)
);
CREATE INDEX flow_flows_calls ON flow_flows (tenant, calls);

-- The flow that a number leads to.
CREATE TABLE number_flows (
    tenant UUID NOT NULL,
    number UUID NOT NULL,
    flow   UUID NOT NULL,
    PRIMARY KEY (tenant, number),
    FOREIGN KEY (tenant, number) REFERENCES numbers (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, flow) REFERENCES flows (tenant, id)
);
CREATE INDEX number_flows_flow ON number_flows (tenant, flow);

-- The queue for callers whose flow cannot go on; it is in number_queues, too.
ALTER TABLE numbers ADD COLUMN fallback UUID;

-- The nodes that a contact walked, and what it answered to surveys.
CREATE TABLE trails (
    tenant  UUID    NOT NULL,
    contact UUID    NOT NULL,
    version BIGINT  NOT NULL,
    steps   TEXT    NOT NULL, -- JSON array of facts::Footstep
    PRIMARY KEY (tenant, contact)
);

CREATE TABLE survey_answers (
    tenant   UUID    NOT NULL,
    contact  UUID    NOT NULL,
    flow     UUID    NOT NULL,
    node     BIGINT  NOT NULL,
    question BIGINT  NOT NULL,
    version  BIGINT  NOT NULL,
    scale    TEXT    NOT NULL,
    score    BIGINT  NOT NULL,
    answered BIGINT  NOT NULL,
    PRIMARY KEY (tenant, contact, flow, node, question)
);
