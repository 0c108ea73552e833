CREATE TABLE reminders (id TEXT PRIMARY KEY, day TEXT, state TEXT);
CREATE INDEX reminders_by_day ON reminders (day);
