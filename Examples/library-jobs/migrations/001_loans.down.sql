DROP INDEX loans_by_end;
DROP TABLE loans;
