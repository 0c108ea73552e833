ALTER TABLE patients ADD COLUMN wants_reminders INTEGER;
CREATE INDEX patients_by_wish ON patients (wants_reminders);
