-- Where the users' last writes ended is forgotten. Take the replica out of service first.
ALTER TABLE api_user DROP COLUMN written_lsn;
