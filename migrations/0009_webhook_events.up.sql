CREATE TABLE payment_webhookevent (
    id           SERIAL PRIMARY KEY,
    variant      VARCHAR(50) NOT NULL,
    event_id     VARCHAR(255) NOT NULL,
    event_type   VARCHAR(100) NOT NULL,
    payload      TEXT NOT NULL,
    status       VARCHAR(20) NOT NULL,
    payment_id   INTEGER,
    tries        SMALLINT NOT NULL DEFAULT 0,
    error        TEXT,
    next_try_at  TIMESTAMPTZ,
    received_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    processed_at TIMESTAMPTZ,
    CONSTRAINT fk_webhookevent_payment FOREIGN KEY (payment_id)
        REFERENCES payment_payment (id) ON DELETE SET NULL,
    CONSTRAINT check_webhookevent_status
        CHECK (status IN ('received', 'processed', 'unmatched', 'ignored')),
    CONSTRAINT check_webhookevent_tries CHECK (tries >= 0)
);

-- An event is stored once, however often the gateway sends it. Its id stands first, because lists are
-- filtered by it alone.
CREATE UNIQUE INDEX unique_webhookevent_event_id ON payment_webhookevent (event_id, variant);
CREATE INDEX idx_webhookevent_payment ON payment_webhookevent (payment_id);
-- Pages by key: the columns of the list's order, ending with id to break ties. Nearly all events are
-- processed, so the others are found by their status first.
CREATE INDEX idx_webhookevent_received ON payment_webhookevent (received_at DESC, id);
CREATE INDEX idx_webhookevent_status_received ON payment_webhookevent (status, received_at DESC, id);
-- What is tried again; events that are settled, which is nearly all of them, are not in it.
CREATE INDEX idx_webhookevent_due ON payment_webhookevent (next_try_at) WHERE next_try_at IS NOT NULL;
