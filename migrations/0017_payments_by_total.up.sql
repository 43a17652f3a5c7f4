-- no-transaction
-- Pages by key of the list by amount, ending with id to break ties.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_payment_total ON payment_payment (total, id);
