CREATE TABLE fines (reader TEXT, cents INTEGER);
CREATE INDEX fines_by_reader ON fines (reader);
