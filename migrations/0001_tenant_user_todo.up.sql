-- A column that moves by itself keeps a value the statement sets on purpose. One function a column: a generic one
-- would have to take every row apart and put it together again.
CREATE FUNCTION touch_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
        NEW.updated_at := now();
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION touch_updated() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.updated IS NOT DISTINCT FROM OLD.updated THEN
        NEW.updated := now();
    END IF;
    RETURN NEW;
END
$$;

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

CREATE TABLE api_tenant (
    id          SERIAL PRIMARY KEY,
    name        VARCHAR(150) NOT NULL,
    slug        VARCHAR(160) NOT NULL,
    uuid        UUID NOT NULL,
    email       VARCHAR(254),
    url         VARCHAR(200),
    description TEXT,
    is_active   BOOLEAN NOT NULL DEFAULT TRUE,
    created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT unique_tenant_uuid UNIQUE (uuid)
);

CREATE UNIQUE INDEX idx_tenant_name ON api_tenant (name);
CREATE UNIQUE INDEX idx_tenant_slug ON api_tenant (slug);

CREATE TRIGGER touch_updated_at BEFORE UPDATE ON api_tenant
    FOR EACH ROW EXECUTE FUNCTION touch_updated_at();

CREATE TABLE api_user (
    id               SERIAL PRIMARY KEY,
    username         VARCHAR(150) NOT NULL,
    email            VARCHAR(254) NOT NULL,
    password         VARCHAR(128) NOT NULL,
    role             VARCHAR(20) NOT NULL,
    tenant_id        INTEGER,
    first_name       VARCHAR(150),
    last_name        VARCHAR(150),
    phone_number     VARCHAR(20),
    bio              TEXT,
    url              VARCHAR(200),
    company          VARCHAR(100),
    location         VARCHAR(100),
    birth_date       DATE,
    is_active        BOOLEAN NOT NULL DEFAULT TRUE,
    date_joined      TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_login       TIMESTAMPTZ,
    password_updated TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_user_tenant FOREIGN KEY (tenant_id) REFERENCES api_tenant (id) ON DELETE RESTRICT,
    CONSTRAINT check_user_role CHECK (role IN ('superadmin', 'admin', 'tenant_owner', 'subscriber'))
);

CREATE UNIQUE INDEX idx_user_username ON api_user (username);
CREATE UNIQUE INDEX idx_user_email ON api_user (email);
CREATE INDEX idx_user_role ON api_user (role);
CREATE INDEX idx_user_tenant ON api_user (tenant_id);

CREATE TRIGGER touch_password_updated BEFORE UPDATE ON api_user
    FOR EACH ROW EXECUTE FUNCTION touch_password_updated();

CREATE TABLE api_todo (
    id          SERIAL PRIMARY KEY,
    user_id     INTEGER NOT NULL,
    task        VARCHAR(200) NOT NULL,
    completed   BOOLEAN NOT NULL DEFAULT FALSE,
    "timestamp" TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated     TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT fk_todo_user FOREIGN KEY (user_id) REFERENCES api_user (id) ON DELETE CASCADE
);

CREATE INDEX idx_todo_user ON api_todo (user_id);

CREATE TRIGGER touch_updated BEFORE UPDATE ON api_todo
    FOR EACH ROW EXECUTE FUNCTION touch_updated();
