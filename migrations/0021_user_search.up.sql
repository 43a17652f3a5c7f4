-- no-transaction
-- Search for people, and for what refers to them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_user_search
    ON api_user USING gin (
        username gin_trgm_ops, email gin_trgm_ops, first_name gin_trgm_ops, last_name gin_trgm_ops
    );
