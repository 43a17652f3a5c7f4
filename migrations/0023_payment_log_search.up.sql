-- no-transaction
-- Search for what happened to payments.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_paymentlog_search
    ON payment_paymentlog USING gin (event_type gin_trgm_ops, message gin_trgm_ops);
