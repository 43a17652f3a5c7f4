DROP TABLE api_todo;
DROP TABLE api_user;
DROP TABLE api_tenant;
DROP FUNCTION touch_password_updated();
DROP FUNCTION touch_updated();
DROP FUNCTION touch_updated_at();
