-- An account that was locked, and a name that was mistyped once.
INSERT INTO api_loginattempt (account, failures, last_failed_at, locked_until) VALUES
    (sha256('member'), 11, now(), now() + interval '2 minutes'),
    (sha256('nobody'), 1, now(), NULL);

UPDATE api_accesstoken SET last_used_at = now(), user_agent = 'Portal/2.1';
