-- The other composite index of the schema, idx_payment_user_status, comes with its table in 0004.
CREATE INDEX idx_user_role_tenant ON api_user (role, tenant_id);
