-- Failed logins in a row. The account is kept as the SHA-256 of its name alone: whoever mistakes the
-- fields writes a password there. It is the key, because a number would be used up a guess.
CREATE TABLE api_loginattempt (
    account        BYTEA PRIMARY KEY,
    failures       INTEGER NOT NULL,
    last_failed_at TIMESTAMPTZ NOT NULL,
    locked_until   TIMESTAMPTZ,
    CONSTRAINT check_loginattempt_account CHECK (octet_length(account) = 32),
    CONSTRAINT check_loginattempt_failures CHECK (failures > 0)
);

-- What is forgotten after a while.
CREATE INDEX idx_loginattempt_last_failed ON api_loginattempt (last_failed_at);

-- What people know their devices by when they look at their keys.
ALTER TABLE api_accesstoken
    ADD COLUMN last_used_at TIMESTAMPTZ,
    ADD COLUMN user_agent VARCHAR(200);
