-- The key itself is kept as its SHA-256 alone, so it cannot be read back from a dump.
CREATE TABLE network_servicekey (
    id           SERIAL PRIMARY KEY,
    name         VARCHAR(100) NOT NULL,
    tenant_id    INTEGER,
    key_hash     BYTEA NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_used_at TIMESTAMPTZ,
    CONSTRAINT fk_servicekey_tenant FOREIGN KEY (tenant_id) REFERENCES api_tenant (id) ON DELETE CASCADE,
    CONSTRAINT unique_servicekey_key_hash UNIQUE (key_hash),
    CONSTRAINT check_servicekey_key_hash CHECK (octet_length(key_hash) = 32)
);

CREATE INDEX idx_servicekey_tenant ON network_servicekey (tenant_id);

-- Totals of a session as they were reported last. The empty name is equipment that does not say its
-- own: a NULL would be unequal to itself, and the session stored once a report.
CREATE TABLE network_session (
    id         SERIAL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    nas        VARCHAR(253) NOT NULL DEFAULT '',
    session_id VARCHAR(253) NOT NULL,
    seconds    BIGINT NOT NULL DEFAULT 0,
    octets     BIGINT NOT NULL DEFAULT 0,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended_at   TIMESTAMPTZ,
    CONSTRAINT fk_session_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT check_session_seconds CHECK (seconds >= 0),
    CONSTRAINT check_session_octets CHECK (octets >= 0)
);

CREATE UNIQUE INDEX unique_session_key ON network_session (nas, session_id, user_id);
CREATE INDEX idx_session_user ON network_session (user_id);
-- What ends when equipment says that it restarts; sessions that have ended are not in it.
CREATE INDEX idx_session_open ON network_session (nas) WHERE ended_at IS NULL;

CREATE TABLE network_usage (
    id      SERIAL PRIMARY KEY,
    user_id INTEGER NOT NULL,
    day     DATE NOT NULL,
    seconds BIGINT NOT NULL DEFAULT 0,
    octets  BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT fk_usage_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT check_usage_seconds CHECK (seconds >= 0),
    CONSTRAINT check_usage_octets CHECK (octets >= 0)
);

-- Serves the foreign key too, which it begins with.
CREATE UNIQUE INDEX unique_usage_user_day ON network_usage (user_id, day);
