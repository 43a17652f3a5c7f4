CREATE FUNCTION touch_password_updated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.password IS DISTINCT FROM OLD.password
        AND NEW.password_updated IS NOT DISTINCT FROM OLD.password_updated
    THEN
        NEW.password_updated := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER touch_password_updated BEFORE UPDATE ON api_user
    FOR EACH ROW EXECUTE FUNCTION touch_password_updated();
