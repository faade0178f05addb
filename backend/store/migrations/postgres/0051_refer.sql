-- Whether a trunk's far end may pass calls on (REFER).
ALTER TABLE trunks ADD COLUMN refer BOOLEAN NOT NULL DEFAULT FALSE;
