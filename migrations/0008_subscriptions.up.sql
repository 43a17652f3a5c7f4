CREATE TABLE payment_subscription (
    id                   SERIAL PRIMARY KEY,
    subscription_id      VARCHAR(64) NOT NULL,
    external_id          VARCHAR(255),
    user_id              INTEGER NOT NULL,
    plan_id              INTEGER NOT NULL,
    amount               DECIMAL(10, 2),
    currency             VARCHAR(3),
    "interval"           VARCHAR(10),
    payment_gateway_id   INTEGER,
    driver               VARCHAR(10) NOT NULL,
    status               VARCHAR(20) NOT NULL,
    anchor               TIMESTAMPTZ,
    current_period_start TIMESTAMPTZ,
    current_period_end   TIMESTAMPTZ,
    trial_days           SMALLINT NOT NULL DEFAULT 0,
    trial_end            TIMESTAMPTZ,
    cancel_at_period_end BOOLEAN NOT NULL DEFAULT FALSE,
    canceled_at          TIMESTAMPTZ,
    past_due_since       TIMESTAMPTZ,
    charge_id            INTEGER,
    charge_purpose       VARCHAR(10),
    pending_plan_id      INTEGER,
    pending_amount       DECIMAL(10, 2),
    pending_currency     VARCHAR(3),
    pending_interval     VARCHAR(10),
    mirrored_at          TIMESTAMPTZ,
    next_step_at         TIMESTAMPTZ,
    created_at           TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at           TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_subscription_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT fk_subscription_plan FOREIGN KEY (plan_id) REFERENCES payment_plan (id) ON DELETE RESTRICT,
    CONSTRAINT fk_subscription_pending_plan FOREIGN KEY (pending_plan_id)
        REFERENCES payment_plan (id) ON DELETE RESTRICT,
    CONSTRAINT fk_subscription_payment_gateway FOREIGN KEY (payment_gateway_id)
        REFERENCES payment_paymentgatewayconfig (id) ON DELETE RESTRICT,
    CONSTRAINT fk_subscription_charge FOREIGN KEY (charge_id)
        REFERENCES payment_payment (id) ON DELETE RESTRICT,
    CONSTRAINT check_subscription_driver CHECK (driver IN ('local', 'gateway')),
    CONSTRAINT check_subscription_status
        CHECK (status IN ('incomplete', 'trialing', 'active', 'past_due', 'canceled')),
    CONSTRAINT check_subscription_amount CHECK (amount >= 0),
    CONSTRAINT check_subscription_interval CHECK ("interval" IN ('day', 'week', 'month', 'year')),
    -- What is free has no terms at all.
    CONSTRAINT check_subscription_terms CHECK (
        (amount IS NULL) = (currency IS NULL) AND (amount IS NULL) = ("interval" IS NULL)
    ),
    CONSTRAINT check_subscription_current_period
        CHECK ((current_period_start IS NULL) = (current_period_end IS NULL)),
    CONSTRAINT check_subscription_trial_days CHECK (trial_days BETWEEN 0 AND 730),
    CONSTRAINT check_subscription_charge_purpose CHECK (charge_purpose IN ('start', 'renewal', 'change')),
    CONSTRAINT check_subscription_charge CHECK ((charge_id IS NULL) = (charge_purpose IS NULL)),
    CONSTRAINT check_subscription_pending_amount CHECK (pending_amount >= 0),
    CONSTRAINT check_subscription_pending_interval
        CHECK (pending_interval IN ('day', 'week', 'month', 'year')),
    -- A plan to come may be free, but nothing is to be paid for without a plan.
    CONSTRAINT check_subscription_pending CHECK (
        (pending_amount IS NULL) = (pending_currency IS NULL)
        AND (pending_amount IS NULL) = (pending_interval IS NULL)
        AND (pending_plan_id IS NOT NULL OR pending_amount IS NULL)
    )
);

CREATE UNIQUE INDEX unique_subscription_subscription_id ON payment_subscription (subscription_id);
CREATE UNIQUE INDEX unique_subscription_external_id ON payment_subscription (external_id)
    WHERE external_id IS NOT NULL;
-- One live subscription a user, whatever was there before and whatever was never paid.
CREATE UNIQUE INDEX unique_subscription_live ON payment_subscription (user_id)
    WHERE status IN ('trialing', 'active', 'past_due');
CREATE INDEX idx_subscription_user ON payment_subscription (user_id);
CREATE INDEX idx_subscription_plan ON payment_subscription (plan_id);
CREATE INDEX idx_subscription_pending_plan ON payment_subscription (pending_plan_id);
CREATE INDEX idx_subscription_payment_gateway ON payment_subscription (payment_gateway_id);
CREATE INDEX idx_subscription_charge ON payment_subscription (charge_id);
-- What somebody has to look after some time; what is over is not in it.
CREATE INDEX idx_subscription_due ON payment_subscription (next_step_at) WHERE next_step_at IS NOT NULL;

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON payment_subscription
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

-- Which trials were given, so that nobody has a second one of the same plan. The row stays when the
-- subscription has another plan by now.
CREATE TABLE payment_trial (
    id         SERIAL PRIMARY KEY,
    user_id    INTEGER NOT NULL,
    plan_id    INTEGER NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_trial_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT fk_trial_plan FOREIGN KEY (plan_id) REFERENCES payment_plan (id) ON DELETE CASCADE
);

-- Serves the first foreign key too, which it begins with.
CREATE UNIQUE INDEX unique_trial_user_plan ON payment_trial (user_id, plan_id);
CREATE INDEX idx_trial_plan ON payment_trial (plan_id);

CREATE TABLE payment_customer (
    id                 SERIAL PRIMARY KEY,
    user_id            INTEGER NOT NULL,
    payment_gateway_id INTEGER NOT NULL,
    customer_id        VARCHAR(255) NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_customer_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE,
    CONSTRAINT fk_customer_payment_gateway FOREIGN KEY (payment_gateway_id)
        REFERENCES payment_paymentgatewayconfig (id) ON DELETE CASCADE
);

-- Serves the first foreign key too, which it begins with.
CREATE UNIQUE INDEX unique_customer_user_payment_gateway ON payment_customer (user_id, payment_gateway_id);
CREATE INDEX idx_customer_payment_gateway ON payment_customer (payment_gateway_id);
