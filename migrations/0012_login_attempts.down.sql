-- Locked accounts are open again, and keys lose when they were used and by what.
ALTER TABLE api_accesstoken
    DROP COLUMN user_agent,
    DROP COLUMN last_used_at;
DROP TABLE api_loginattempt;
