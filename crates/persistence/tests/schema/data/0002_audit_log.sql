INSERT INTO api_auditlog (actor_id, target_id, action, details)
VALUES (1, 3, 'role_changed', '{"old_role": "tenant_owner", "new_role": "subscriber"}'),
    (2, 3, 'activation_changed', '{"old_is_active": false, "new_is_active": true}');
