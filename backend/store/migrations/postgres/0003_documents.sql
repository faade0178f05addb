-- What is set up, small, and only ever read whole: calendars, notices, entries of the black and white lists.
CREATE TABLE documents (
    tenant UUID NOT NULL REFERENCES tenants (id),
    kind   TEXT NOT NULL, -- `calendar`, `notice`, `listing`
    id     UUID NOT NULL,
    name   TEXT NOT NULL, -- what must not occur twice in a kind
    body   TEXT NOT NULL, -- JSON
    PRIMARY KEY (tenant, kind, id)
);
CREATE UNIQUE INDEX documents_name ON documents (tenant, kind, name);
