CREATE TABLE payment_refund (
    id             SERIAL PRIMARY KEY,
    payment_id     INTEGER NOT NULL,
    amount         DECIMAL(10, 2) NOT NULL,
    status         VARCHAR(20) NOT NULL,
    reason         VARCHAR(200),
    transaction_id VARCHAR(255),
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_refund_payment FOREIGN KEY (payment_id)
        REFERENCES payment_payment (id) ON DELETE RESTRICT,
    CONSTRAINT check_refund_status CHECK (status IN ('pending', 'succeeded', 'failed')),
    CONSTRAINT check_refund_amount_positive CHECK (amount > 0)
);

CREATE INDEX idx_refund_payment ON payment_refund (payment_id);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON payment_refund
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE payment_operation (
    id          SERIAL PRIMARY KEY,
    payment_id  INTEGER NOT NULL,
    kind        VARCHAR(20) NOT NULL,
    refund_id   INTEGER,
    amount      DECIMAL(10, 2) NOT NULL,
    key         VARCHAR(64) NOT NULL,
    done        BOOLEAN NOT NULL DEFAULT FALSE,
    tries       SMALLINT NOT NULL DEFAULT 0,
    next_try_at TIMESTAMPTZ NOT NULL,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_operation_payment FOREIGN KEY (payment_id)
        REFERENCES payment_payment (id) ON DELETE RESTRICT,
    CONSTRAINT fk_operation_refund FOREIGN KEY (refund_id)
        REFERENCES payment_refund (id) ON DELETE RESTRICT,
    CONSTRAINT check_operation_kind CHECK (kind IN ('charge', 'capture', 'cancel', 'refund')),
    CONSTRAINT check_operation_amount CHECK (amount >= 0),
    CONSTRAINT check_operation_tries CHECK (tries >= 0)
);

-- One open order a payment. It is made before the index of keys, so that a second order is told by
-- this rule even where it has the key of the first: of two violated rules the older index is named.
-- Refunds are bounded by the sum of their rows, so several may be under way.
CREATE UNIQUE INDEX unique_operation_open ON payment_operation (payment_id) WHERE NOT done AND kind <> 'refund';
CREATE UNIQUE INDEX unique_operation_key ON payment_operation (key);
CREATE INDEX idx_operation_payment ON payment_operation (payment_id);
CREATE INDEX idx_operation_refund ON payment_operation (refund_id);
-- What the reconciler looks through; orders that are done, which is nearly all of them, are not in it.
CREATE INDEX idx_operation_due ON payment_operation (next_try_at) WHERE NOT done;

-- The answer of a request is there whole or, while the request runs, not at all.
CREATE TABLE payment_idempotencykey (
    id          SERIAL PRIMARY KEY,
    user_id     INTEGER NOT NULL,
    method      VARCHAR(10) NOT NULL,
    path        TEXT NOT NULL,
    key         VARCHAR(255) NOT NULL,
    body_digest BYTEA NOT NULL,
    payment_id  INTEGER,
    status      INTEGER,
    body        TEXT,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_idempotencykey_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT fk_idempotencykey_payment FOREIGN KEY (payment_id)
        REFERENCES payment_payment (id) ON DELETE RESTRICT,
    CONSTRAINT check_idempotencykey_body_digest CHECK (octet_length(body_digest) = 32),
    CONSTRAINT check_idempotencykey_status_body CHECK ((status IS NULL) = (body IS NULL))
);

-- Serves the foreign key too, which it begins with.
CREATE UNIQUE INDEX unique_idempotency_key ON payment_idempotencykey (user_id, method, path, key);
CREATE INDEX idx_idempotencykey_payment ON payment_idempotencykey (payment_id);
-- Old answers are forgotten in this order.
CREATE INDEX idx_idempotencykey_created ON payment_idempotencykey (created_at);
