-- no-transaction
-- Revenue: which entry confirmed a payment first.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_paymentlog_confirmed
    ON payment_paymentlog (payment_id, created_at, id)
    WHERE data ->> 'to' = 'confirmed';
