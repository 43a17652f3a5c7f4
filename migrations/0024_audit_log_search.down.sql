-- no-transaction
DROP INDEX CONCURRENTLY IF EXISTS idx_auditlog_search;
