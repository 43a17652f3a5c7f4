-- Loses every key of network equipment, which can then ask no more, and all that was counted: every
-- user has the whole allowance of the day again.
DROP TABLE network_usage;
DROP TABLE network_session;
DROP TABLE network_servicekey;
