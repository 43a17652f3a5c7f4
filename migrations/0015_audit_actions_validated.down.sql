ALTER TABLE api_auditlog
    DROP CONSTRAINT check_auditlog_action,
    ADD CONSTRAINT check_auditlog_action
        CHECK (action IN ('role_changed', 'password_reset', 'activation_changed', 'user_anonymised'))
        NOT VALID;
