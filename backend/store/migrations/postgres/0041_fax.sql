-- Where fax machines go that call a number: JSON of routing::Destination; NULL: they are hung up on.
ALTER TABLE numbers ADD COLUMN fax TEXT;
