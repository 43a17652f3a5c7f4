-- Keys and reset tokens are kept as their SHA-256 alone, so neither can be read back from a dump.
CREATE TABLE api_accesstoken (
    id         SERIAL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    key_hash   BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ,
    CONSTRAINT fk_accesstoken_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT unique_accesstoken_key_hash UNIQUE (key_hash),
    CONSTRAINT check_accesstoken_key_hash CHECK (octet_length(key_hash) = 32)
);

CREATE INDEX idx_accesstoken_user ON api_accesstoken (user_id);

CREATE TABLE api_passwordreset (
    id         SERIAL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    token_hash BYTEA NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT fk_passwordreset_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT unique_passwordreset_token_hash UNIQUE (token_hash),
    CONSTRAINT check_passwordreset_token_hash CHECK (octet_length(token_hash) = 32)
);

CREATE INDEX idx_passwordreset_user ON api_passwordreset (user_id);

-- Beside idx_user_email, which is exact: addresses that differ in case alone belong to one person.
CREATE UNIQUE INDEX unique_user_email_lower ON api_user (lower(email));

-- Every row in it has the value true, so at most one plan can be in it.
CREATE UNIQUE INDEX unique_plan_default ON payment_plan ("default") WHERE "default";

-- A transaction id is unique at the gateway that gave it, not over all gateways.
CREATE UNIQUE INDEX unique_payment_transaction ON payment_payment (payment_gateway_id, transaction_id)
    WHERE transaction_id IS NOT NULL;

-- Pages by key: the columns of the list's order, ending with id to break ties.
CREATE INDEX idx_user_tenant_username ON api_user (tenant_id, username);
CREATE INDEX idx_user_date_joined ON api_user (date_joined, id);
CREATE INDEX idx_todo_user_timestamp ON api_todo (user_id, "timestamp" DESC, id);
CREATE INDEX idx_payment_created ON payment_payment (created_at DESC, id);
CREATE INDEX idx_payment_user_created ON payment_payment (user_id, created_at DESC, id);
CREATE INDEX idx_auditlog_timestamp_id ON api_auditlog ("timestamp" DESC, id);
