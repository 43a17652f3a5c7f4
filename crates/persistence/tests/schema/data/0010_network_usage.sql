-- The key of a tenant without users, which can be deleted, and one that reaches everybody.
INSERT INTO network_servicekey (name, tenant_id, key_hash)
VALUES ('Radius of the campsite', 2, sha256('radius')), ('Radius of all', NULL, sha256('all'));

INSERT INTO network_session (user_id, nas, session_id, seconds, octets, ended_at)
SELECT id, given.nas, given.session_id, given.seconds, given.octets, given.ended_at
FROM api_user, (VALUES
    ('ap-1', '81a0', 3600, 5000000000, now()),
    ('', '81a1', 60, 1000000, NULL)
) AS given (nas, session_id, seconds, octets, ended_at)
WHERE username = 'member';

INSERT INTO network_usage (user_id, day, seconds, octets)
SELECT id, '2026-05-01', 3660, 5001000000 FROM api_user WHERE username = 'member';
