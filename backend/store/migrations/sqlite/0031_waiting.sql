-- What a contact finds in a queue while it waits, what leads it elsewhere, hours and callbacks: JSON of waiting::Waiting;
-- what is left out has its default.
ALTER TABLE queues ADD COLUMN waiting TEXT NOT NULL DEFAULT '{}';

-- The queues that a queue leads to, so that none of them is taken away.
CREATE TABLE queue_links (
    tenant BLOB NOT NULL,
    queue  BLOB NOT NULL,
    target BLOB NOT NULL,
    PRIMARY KEY (tenant, queue, target),
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, target) REFERENCES queues (tenant, id)
) STRICT;
CREATE INDEX queue_links_target ON queue_links (tenant, target);
