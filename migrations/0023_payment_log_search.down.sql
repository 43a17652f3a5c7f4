-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS idx_paymentlog_search;
