DROP INDEX fines_by_reader;
DROP TABLE fines;
