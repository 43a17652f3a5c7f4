-- no-transaction
-- Search for what was done to people.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_auditlog_search
    ON api_auditlog USING gin (action gin_trgm_ops);
