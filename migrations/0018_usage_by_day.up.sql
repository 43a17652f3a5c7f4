-- no-transaction
-- Usage of everybody on the last days.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_usage_day ON network_usage (day);
