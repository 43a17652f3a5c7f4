-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS idx_payment_search;
