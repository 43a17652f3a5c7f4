CREATE TABLE api_auditlog (
    id          SERIAL PRIMARY KEY,
    actor_id    INTEGER,
    target_id   INTEGER,
    action      VARCHAR(50) NOT NULL,
    details     JSONB NOT NULL DEFAULT '{}',
    "timestamp" TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_auditlog_actor FOREIGN KEY (actor_id) REFERENCES api_user (id) ON DELETE SET NULL,
    CONSTRAINT fk_auditlog_target FOREIGN KEY (target_id) REFERENCES api_user (id) ON DELETE SET NULL,
    CONSTRAINT check_auditlog_action
        CHECK (action IN ('role_changed', 'password_reset', 'activation_changed'))
);

CREATE INDEX idx_auditlog_timestamp ON api_auditlog ("timestamp" DESC);
CREATE INDEX idx_auditlog_actor ON api_auditlog (actor_id);
CREATE INDEX idx_auditlog_target ON api_auditlog (target_id);
