-- How far the write-ahead log had come when the user's last write had ended. A copy of the database
-- that has not come as far is not asked for the user's lists.
ALTER TABLE api_user ADD COLUMN written_lsn PG_LSN;
