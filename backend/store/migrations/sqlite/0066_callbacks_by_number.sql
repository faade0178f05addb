-- For each message in a list, whether its caller is to be called back.
CREATE INDEX callbacks_number ON callbacks (tenant, number) WHERE ended IS NULL;
