DROP INDEX reminders_by_day;
DROP TABLE reminders;
