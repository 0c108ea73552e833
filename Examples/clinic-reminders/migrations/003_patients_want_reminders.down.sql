DROP INDEX patients_by_wish;
ALTER TABLE patients DROP COLUMN wants_reminders;
