CREATE TABLE loans (id TEXT PRIMARY KEY, ends TEXT);
CREATE INDEX loans_by_end ON loans (ends);
