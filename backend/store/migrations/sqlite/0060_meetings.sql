-- What a contact had to do with a meeting room: JSON of meetings::Attendance; NULL: nothing. Rooms are documents.
ALTER TABLE contacts ADD COLUMN attendance TEXT;
