-- What was known of the caller, and who identified them: JSON of control::Identification.
ALTER TABLE contacts ADD COLUMN identification TEXT NOT NULL DEFAULT '{}';
