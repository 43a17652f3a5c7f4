-- no-transaction
-- Search for payments by what others call them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_payment_search
    ON payment_payment USING gin (order_id gin_trgm_ops, transaction_id gin_trgm_ops);
