-- How a queue's contacts come to its agents: JSON of routing::Routing; what is left out has its default.
ALTER TABLE queues ADD COLUMN routing TEXT NOT NULL DEFAULT '{}';

-- The skills that a queue's steps name, so that none of them is taken away.
CREATE TABLE queue_step_skills (
    tenant UUID NOT NULL,
    queue  UUID NOT NULL,
    skill  UUID NOT NULL,
    PRIMARY KEY (tenant, queue, skill),
    FOREIGN KEY (tenant, queue) REFERENCES queues (tenant, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant, skill) REFERENCES skills (tenant, id)
);

-- Where very important customers go at once; number_queues names it too.
ALTER TABLE numbers ADD COLUMN vip UUID;

-- The wait that was to be expected, and by how much it was wrong, in milliseconds.
ALTER TABLE contacts ADD COLUMN estimated BIGINT;
ALTER TABLE contacts ADD COLUMN estimate_error BIGINT;

-- Who talked with a number last.
CREATE INDEX contacts_served ON contacts (tenant, number, ended) WHERE agent IS NOT NULL AND answered IS NOT NULL;
