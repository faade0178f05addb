-- What is set up, small, and only ever read whole: calendars, notices, entries of the black and white lists.
CREATE TABLE documents (
    tenant BLOB NOT NULL REFERENCES tenants (id),
    kind   TEXT NOT NULL, -- `calendar`, `notice`, `listing`
    id     BLOB NOT NULL,
    name   TEXT NOT NULL, -- what must not occur twice in a kind
    body   TEXT NOT NULL, -- JSON
    PRIMARY KEY (tenant, kind, id)
) STRICT;
CREATE UNIQUE INDEX documents_name ON documents (tenant, kind, name);
