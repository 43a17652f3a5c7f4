INSERT INTO api_accesstoken (user_id, key_hash) VALUES (1, sha256('one')), (3, sha256('two'));

INSERT INTO api_passwordreset (user_id, token_hash, expires_at)
VALUES (3, sha256('reset'), now() + interval '3 days');
