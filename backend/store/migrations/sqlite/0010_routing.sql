-- How a queue's contacts come to its agents: JSON of routing::Routing; what is left out has its default.
ALTER TABLE queues ADD COLUMN routing TEXT NOT NULL DEFAULT '{}';

-- The skills that a queue's steps name, so that none of them is taken away.
CREATE TABLE queue_step_skills (
    tenant BLOB NOT NULL,
    queue  BLOB NOT NULL,
    skill  BLOB NOT NULL,
    PRIMARY KEY (tenant, queue, skill),
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, skill) REFERENCES skills (tenant, id)
) STRICT;

-- Where very important customers go at once; number_queues names it too.
ALTER TABLE numbers ADD COLUMN vip BLOB;

-- The wait that was to be expected, and by how much it was wrong, in milliseconds.
ALTER TABLE contacts ADD COLUMN estimated INTEGER;
ALTER TABLE contacts ADD COLUMN estimate_error INTEGER;

-- Who talked with a number last.
CREATE INDEX contacts_served ON contacts (tenant, number, ended) WHERE agent IS NOT NULL AND answered IS NOT NULL;
