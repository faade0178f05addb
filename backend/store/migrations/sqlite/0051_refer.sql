-- Whether a trunk's far end may pass calls on (REFER).
ALTER TABLE trunks ADD COLUMN refer INTEGER NOT NULL DEFAULT 0;
