INSERT INTO api_auditlog (actor_id, target_id, action, details)
SELECT id, id, 'user_anonymised', '{"changed_by": "somebody@example.com"}' FROM api_user ORDER BY id LIMIT 1;
