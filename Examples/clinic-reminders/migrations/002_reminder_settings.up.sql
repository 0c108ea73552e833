CREATE TABLE reminder_settings (patient TEXT PRIMARY KEY, hours INTEGER);
