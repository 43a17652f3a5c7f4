-- no-transaction
-- Pages by key of the list by what happened, ending with id to break ties.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_paymentlog_event_type_created
    ON payment_paymentlog (event_type, created_at DESC, id);
