-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS idx_user_search;
