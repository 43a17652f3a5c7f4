-- A trigger on each row makes PostgreSQL lock the row as if its username and address changed whenever
-- they are merely set. Two people who manage each other at once then waited for each other: each
-- writes an audit entry that refers to the other. The server sets the column itself.
DROP TRIGGER touch_password_updated ON api_user;
DROP FUNCTION touch_password_updated();
