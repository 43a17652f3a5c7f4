DROP INDEX idx_user_role_tenant;
