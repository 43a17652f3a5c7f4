CREATE FUNCTION touch_modified_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.modified_at IS NOT DISTINCT FROM OLD.modified_at THEN
        NEW.modified_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE TABLE payment_plan (
    id                 SERIAL PRIMARY KEY,
    name               VARCHAR(100) NOT NULL,
    description        TEXT,
    "default"          BOOLEAN NOT NULL DEFAULT FALSE,
    available          BOOLEAN NOT NULL DEFAULT TRUE,
    requires_payment   BOOLEAN NOT NULL DEFAULT TRUE,
    requires_invoice   BOOLEAN NOT NULL DEFAULT FALSE,
    auto_renew         BOOLEAN NOT NULL DEFAULT TRUE,
    daily_time_minutes INTEGER,
    daily_data_mb      INTEGER,
    metadata           JSONB NOT NULL DEFAULT '{}',
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT unique_plan_name UNIQUE (name),
    CONSTRAINT check_daily_time_minutes CHECK (daily_time_minutes >= 0),
    CONSTRAINT check_daily_data_mb CHECK (daily_data_mb >= 0)
);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON payment_plan
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE payment_planpricing (
    id                SERIAL PRIMARY KEY,
    plan_id           INTEGER NOT NULL,
    amount            DECIMAL(10, 2) NOT NULL,
    currency          VARCHAR(3) NOT NULL DEFAULT 'USD',
    "interval"        VARCHAR(10) NOT NULL,
    trial_period_days INTEGER NOT NULL DEFAULT 0,
    active            BOOLEAN NOT NULL DEFAULT TRUE,
    created_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_planpricing_plan FOREIGN KEY (plan_id) REFERENCES payment_plan (id) ON DELETE CASCADE,
    CONSTRAINT check_planpricing_interval CHECK ("interval" IN ('day', 'week', 'month', 'year')),
    CONSTRAINT check_amount_positive CHECK (amount >= 0),
    CONSTRAINT check_trial_positive CHECK (trial_period_days >= 0)
);

CREATE INDEX idx_planpricing_plan ON payment_planpricing (plan_id);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON payment_planpricing
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE payment_paymentgatewayconfig (
    id         SERIAL PRIMARY KEY,
    name       VARCHAR(100) NOT NULL,
    variant    VARCHAR(50) NOT NULL,
    is_active  BOOLEAN NOT NULL DEFAULT TRUE,
    priority   INTEGER NOT NULL DEFAULT 0,
    config     JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT unique_gateway_name UNIQUE (name)
);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON payment_paymentgatewayconfig
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE payment_payment (
    id                 SERIAL PRIMARY KEY,
    user_id            INTEGER NOT NULL,
    order_id           VARCHAR(100),
    payment_gateway_id INTEGER NOT NULL,
    status             VARCHAR(20) NOT NULL,
    total              DECIMAL(10, 2) NOT NULL,
    currency           VARCHAR(3) NOT NULL DEFAULT 'USD',
    transaction_id     VARCHAR(255),
    webhook_received   BOOLEAN NOT NULL DEFAULT FALSE,
    metadata           JSONB NOT NULL DEFAULT '{}',
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    modified_at        TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_payment_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE RESTRICT,
    CONSTRAINT fk_payment_payment_gateway FOREIGN KEY (payment_gateway_id)
        REFERENCES payment_paymentgatewayconfig (id) ON DELETE RESTRICT,
    CONSTRAINT check_payment_status
        CHECK (status IN ('waiting', 'preauth', 'confirmed', 'rejected', 'refunded', 'error')),
    CONSTRAINT check_total_positive CHECK (total >= 0)
);

CREATE INDEX idx_payment_user ON payment_payment (user_id);
CREATE INDEX idx_payment_status ON payment_payment (status);
CREATE INDEX idx_payment_transaction_id ON payment_payment (transaction_id);
-- The schema lists this one with the composite indexes of 0003, where its table does not exist yet.
CREATE INDEX idx_payment_user_status ON payment_payment (user_id, status);
CREATE INDEX idx_payment_payment_gateway ON payment_payment (payment_gateway_id);

CREATE TRIGGER touch_modified_at BEFORE UPDATE ON payment_payment
    FOR EACH ROW EXECUTE FUNCTION touch_modified_at();

CREATE TABLE payment_paymentlog (
    id         SERIAL PRIMARY KEY,
    payment_id INTEGER NOT NULL,
    event_type VARCHAR(100) NOT NULL,
    message    TEXT,
    data       JSONB NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_paymentlog_payment FOREIGN KEY (payment_id)
        REFERENCES payment_payment (id) ON DELETE CASCADE
);

CREATE INDEX idx_paymentlog_payment ON payment_paymentlog (payment_id);
CREATE INDEX idx_paymentlog_created ON payment_paymentlog (created_at DESC);
