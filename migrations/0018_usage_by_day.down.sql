-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS idx_usage_day;
