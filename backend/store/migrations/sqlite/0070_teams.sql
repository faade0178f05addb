-- The users that a document names, where queries ask for them: the members and leaders of teams, who hear the team's
-- messages and do its tasks. What they are there the document says.
CREATE TABLE document_people (
    tenant   BLOB NOT NULL,
    kind     TEXT NOT NULL,
    document BLOB NOT NULL,
    user_id  BLOB NOT NULL,
    PRIMARY KEY (tenant, kind, document, user_id),
    FOREIGN KEY (tenant, kind, document) REFERENCES documents (tenant, kind, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES users (tenant, id)
) STRICT;
CREATE INDEX document_people_user ON document_people (tenant, user_id, kind);

-- The team whose task a callback is. Whose message it is stands in messages.kind, as `team`.
ALTER TABLE callbacks ADD COLUMN team BLOB;
