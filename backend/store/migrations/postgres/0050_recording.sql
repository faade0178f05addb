-- Whether what an agent says, and what agents dial, is recorded: "always", "on_demand" or "never", as JSON. The most
-- restrictive of these and the queue's counts.
ALTER TABLE users ADD COLUMN recording TEXT NOT NULL DEFAULT '"always"';
ALTER TABLE tenants ADD COLUMN dial_recording TEXT NOT NULL DEFAULT '"always"';
