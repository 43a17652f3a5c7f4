//! The schema as it must be: the schema document's tables, then those that the system adds.

/// One table and its columns, in the table's order.
pub(crate) struct Table {
    pub name: &'static str,
    /// `name type [NOT NULL] [DEFAULT value]`; `serial` is an integer that is not null and counts
    /// by its own sequence.
    pub columns: &'static [&'static str],
}

/// Every table. Stripe's columns stand last in theirs, because a later step adds them.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "api_tenant",
        columns: &[
            "id serial",
            "name varchar(150) NOT NULL",
            "slug varchar(160) NOT NULL",
            "uuid uuid NOT NULL",
            "email varchar(254)",
            "url varchar(200)",
            "description text",
            "is_active boolean NOT NULL DEFAULT true",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "updated_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "api_user",
        columns: &[
            "id serial",
            "username varchar(150) NOT NULL",
            "email varchar(254) NOT NULL",
            "password varchar(128) NOT NULL",
            "role varchar(20) NOT NULL",
            "tenant_id integer",
            "first_name varchar(150)",
            "last_name varchar(150)",
            "phone_number varchar(20)",
            "bio text",
            "url varchar(200)",
            "company varchar(100)",
            "location varchar(100)",
            "birth_date date",
            "is_active boolean NOT NULL DEFAULT true",
            "date_joined timestamptz NOT NULL DEFAULT now()",
            "last_login timestamptz",
            "password_updated timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "api_todo",
        columns: &[
            "id serial",
            "user_id integer NOT NULL",
            "task varchar(200) NOT NULL",
            "completed boolean NOT NULL DEFAULT false",
            "timestamp timestamptz NOT NULL DEFAULT now()",
            "updated timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "api_auditlog",
        columns: &[
            "id serial",
            "actor_id integer",
            "target_id integer",
            "action varchar(50) NOT NULL",
            "details jsonb NOT NULL DEFAULT '{}'",
            "timestamp timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "payment_plan",
        columns: &[
            "id serial",
            "name varchar(100) NOT NULL",
            "description text",
            "default boolean NOT NULL DEFAULT false",
            "available boolean NOT NULL DEFAULT true",
            "requires_payment boolean NOT NULL DEFAULT true",
            "requires_invoice boolean NOT NULL DEFAULT false",
            "auto_renew boolean NOT NULL DEFAULT true",
            "daily_time_minutes integer",
            "daily_data_mb integer",
            "metadata jsonb NOT NULL DEFAULT '{}'",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "updated_at timestamptz NOT NULL DEFAULT now()",
            "stripe_product_id varchar(255)",
        ],
    },
    Table {
        name: "payment_planpricing",
        columns: &[
            "id serial",
            "plan_id integer NOT NULL",
            "amount numeric(10,2) NOT NULL",
            "currency varchar(3) NOT NULL DEFAULT 'USD'",
            "interval varchar(10) NOT NULL",
            "trial_period_days integer NOT NULL DEFAULT 0",
            "active boolean NOT NULL DEFAULT true",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "updated_at timestamptz NOT NULL DEFAULT now()",
            "stripe_price_id varchar(255)",
        ],
    },
    Table {
        name: "payment_paymentgatewayconfig",
        columns: &[
            "id serial",
            "name varchar(100) NOT NULL",
            "variant varchar(50) NOT NULL",
            "is_active boolean NOT NULL DEFAULT true",
            "priority integer NOT NULL DEFAULT 0",
            "config jsonb NOT NULL DEFAULT '{}'",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "updated_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "payment_payment",
        columns: &[
            "id serial",
            "user_id integer NOT NULL",
            "order_id varchar(100)",
            "payment_gateway_id integer NOT NULL",
            "status varchar(20) NOT NULL",
            "total numeric(10,2) NOT NULL",
            "currency varchar(3) NOT NULL DEFAULT 'USD'",
            "transaction_id varchar(255)",
            "webhook_received boolean NOT NULL DEFAULT false",
            "metadata jsonb NOT NULL DEFAULT '{}'",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "modified_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "payment_paymentlog",
        columns: &[
            "id serial",
            "payment_id integer NOT NULL",
            "event_type varchar(100) NOT NULL",
            "message text",
            "data jsonb NOT NULL DEFAULT '{}'",
            "created_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
    // Beyond the document.
    Table {
        name: "api_accesstoken",
        columns: &[
            "id serial",
            "user_id integer NOT NULL",
            "key_hash bytea NOT NULL",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "expires_at timestamptz",
        ],
    },
    Table {
        name: "api_passwordreset",
        columns: &[
            "id serial",
            "user_id integer NOT NULL",
            "token_hash bytea NOT NULL",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "expires_at timestamptz NOT NULL",
        ],
    },
    Table {
        name: "payment_refund",
        columns: &[
            "id serial",
            "payment_id integer NOT NULL",
            "amount numeric(10,2) NOT NULL",
            "status varchar(20) NOT NULL",
            "reason varchar(200)",
            "transaction_id varchar(255)",
            "created_at timestamptz NOT NULL DEFAULT now()",
            "updated_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "payment_operation",
        columns: &[
            "id serial",
            "payment_id integer NOT NULL",
            "kind varchar(20) NOT NULL",
            "refund_id integer",
            "amount numeric(10,2) NOT NULL",
            "key varchar(64) NOT NULL",
            "done boolean NOT NULL DEFAULT false",
            "tries smallint NOT NULL DEFAULT 0",
            "next_try_at timestamptz NOT NULL",
            "created_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
    Table {
        name: "payment_idempotencykey",
        columns: &[
            "id serial",
            "user_id integer NOT NULL",
            "method varchar(10) NOT NULL",
            "path text NOT NULL",
            "key varchar(255) NOT NULL",
            "body_digest bytea NOT NULL",
            "payment_id integer",
            "status integer",
            "body text",
            "created_at timestamptz NOT NULL DEFAULT now()",
        ],
    },
];

/// Every index, primary keys included.
pub(crate) const INDEXES: &[&str] = &[
    "PRIMARY KEY api_tenant_pkey ON api_tenant (id)",
    "UNIQUE idx_tenant_name ON api_tenant (name)",
    "UNIQUE idx_tenant_slug ON api_tenant (slug)",
    "UNIQUE CONSTRAINT unique_tenant_uuid ON api_tenant (uuid)",
    "PRIMARY KEY api_user_pkey ON api_user (id)",
    "UNIQUE idx_user_username ON api_user (username)",
    "UNIQUE idx_user_email ON api_user (email)",
    "idx_user_role ON api_user (role)",
    "idx_user_tenant ON api_user (tenant_id)",
    "idx_user_role_tenant ON api_user (role, tenant_id)",
    "PRIMARY KEY api_todo_pkey ON api_todo (id)",
    "PRIMARY KEY api_auditlog_pkey ON api_auditlog (id)",
    "idx_auditlog_timestamp ON api_auditlog (\"timestamp\" DESC)",
    "idx_auditlog_actor ON api_auditlog (actor_id)",
    "idx_auditlog_target ON api_auditlog (target_id)",
    "PRIMARY KEY payment_plan_pkey ON payment_plan (id)",
    "UNIQUE CONSTRAINT unique_plan_name ON payment_plan (name)",
    "PRIMARY KEY payment_planpricing_pkey ON payment_planpricing (id)",
    "PRIMARY KEY payment_paymentgatewayconfig_pkey ON payment_paymentgatewayconfig (id)",
    "UNIQUE CONSTRAINT unique_gateway_name ON payment_paymentgatewayconfig (name)",
    "PRIMARY KEY payment_payment_pkey ON payment_payment (id)",
    "idx_payment_user ON payment_payment (user_id)",
    "idx_payment_status ON payment_payment (status)",
    "idx_payment_transaction_id ON payment_payment (transaction_id)",
    "idx_payment_user_status ON payment_payment (user_id, status)",
    "PRIMARY KEY payment_paymentlog_pkey ON payment_paymentlog (id)",
    "idx_paymentlog_payment ON payment_paymentlog (payment_id)",
    "idx_paymentlog_created ON payment_paymentlog (created_at DESC)",
    // Beyond the document: foreign keys that it says are indexed, without naming the index.
    "idx_todo_user ON api_todo (user_id)",
    "idx_planpricing_plan ON payment_planpricing (plan_id)",
    "idx_payment_payment_gateway ON payment_payment (payment_gateway_id)",
    // Tokens.
    "PRIMARY KEY api_accesstoken_pkey ON api_accesstoken (id)",
    "UNIQUE CONSTRAINT unique_accesstoken_key_hash ON api_accesstoken (key_hash)",
    "idx_accesstoken_user ON api_accesstoken (user_id)",
    "PRIMARY KEY api_passwordreset_pkey ON api_passwordreset (id)",
    "UNIQUE CONSTRAINT unique_passwordreset_token_hash ON api_passwordreset (token_hash)",
    "idx_passwordreset_user ON api_passwordreset (user_id)",
    // Refunds, orders to gateways, answers under idempotency keys.
    "PRIMARY KEY payment_refund_pkey ON payment_refund (id)",
    "idx_refund_payment ON payment_refund (payment_id)",
    "PRIMARY KEY payment_operation_pkey ON payment_operation (id)",
    "UNIQUE unique_operation_open ON payment_operation (payment_id) \
     WHERE ((NOT done) AND ((kind)::text <> 'refund'::text))",
    "UNIQUE unique_operation_key ON payment_operation (key)",
    "idx_operation_payment ON payment_operation (payment_id)",
    "idx_operation_refund ON payment_operation (refund_id)",
    "idx_operation_due ON payment_operation (next_try_at) WHERE (NOT done)",
    "PRIMARY KEY payment_idempotencykey_pkey ON payment_idempotencykey (id)",
    "UNIQUE unique_idempotency_key ON payment_idempotencykey (user_id, method, path, key)",
    "idx_idempotencykey_payment ON payment_idempotencykey (payment_id)",
    "idx_idempotencykey_created ON payment_idempotencykey (created_at)",
    // Uniqueness rules of the API.
    "UNIQUE unique_user_email_lower ON api_user (lower((email)::text))",
    "UNIQUE unique_plan_default ON payment_plan (\"default\") WHERE \"default\"",
    "UNIQUE unique_payment_transaction ON payment_payment (payment_gateway_id, transaction_id) \
     WHERE (transaction_id IS NOT NULL)",
    // Long lists.
    "idx_user_tenant_username ON api_user (tenant_id, username)",
    "idx_user_date_joined ON api_user (date_joined, id)",
    "idx_todo_user_timestamp ON api_todo (user_id, \"timestamp\" DESC, id)",
    "idx_payment_created ON payment_payment (created_at DESC, id)",
    "idx_payment_user_created ON payment_payment (user_id, created_at DESC, id)",
    "idx_auditlog_timestamp_id ON api_auditlog (\"timestamp\" DESC, id)",
];

/// What a check constraint lets in.
pub(crate) enum Rule {
    /// Exactly these texts.
    OneOf(&'static [&'static str]),
    /// Whatever the expression says, as the catalog prints it; with one value that it takes and one
    /// that it refuses.
    Expression { text: &'static str, takes: &'static str, refuses: &'static str },
}

/// A check constraint on a column; on several, a line each.
pub(crate) struct Check {
    pub name: &'static str,
    pub table: &'static str,
    pub column: &'static str,
    pub rule: Rule,
}

const fn one_of(
    name: &'static str,
    table: &'static str,
    column: &'static str,
    texts: &'static [&'static str],
) -> Check {
    Check { name, table, column, rule: Rule::OneOf(texts) }
}

const fn not_negative(
    name: &'static str,
    table: &'static str,
    column: &'static str,
    text: &'static str,
) -> Check {
    Check { name, table, column, rule: Rule::Expression { text, takes: "0", refuses: "-1" } }
}

const fn sha256(
    name: &'static str,
    table: &'static str,
    column: &'static str,
    text: &'static str,
) -> Check {
    let takes = "decode(repeat('a5', 32), 'hex')";
    let refuses = "decode(repeat('a5', 31), 'hex')";
    Check { name, table, column, rule: Rule::Expression { text, takes, refuses } }
}

/// A column of an answer, which is refused without the other one.
const fn whole_answer(column: &'static str, alone: &'static str) -> Check {
    Check {
        name: "check_idempotencykey_status_body",
        table: "payment_idempotencykey",
        column,
        rule: Rule::Expression {
            text: "(status IS NULL) = (body IS NULL)",
            takes: "NULL",
            refuses: alone,
        },
    }
}

/// Every check constraint.
pub(crate) const CHECKS: &[Check] = &[
    one_of(
        "check_user_role",
        "api_user",
        "role",
        &["superadmin", "admin", "tenant_owner", "subscriber"],
    ),
    one_of(
        "check_auditlog_action",
        "api_auditlog",
        "action",
        &["role_changed", "password_reset", "activation_changed"],
    ),
    one_of(
        "check_planpricing_interval",
        "payment_planpricing",
        "interval",
        &["day", "week", "month", "year"],
    ),
    one_of(
        "check_payment_status",
        "payment_payment",
        "status",
        &["waiting", "preauth", "confirmed", "rejected", "refunded", "error"],
    ),
    not_negative("check_amount_positive", "payment_planpricing", "amount", "amount >= 0::numeric"),
    not_negative(
        "check_trial_positive",
        "payment_planpricing",
        "trial_period_days",
        "trial_period_days >= 0",
    ),
    not_negative(
        "check_daily_time_minutes",
        "payment_plan",
        "daily_time_minutes",
        "daily_time_minutes >= 0",
    ),
    not_negative("check_daily_data_mb", "payment_plan", "daily_data_mb", "daily_data_mb >= 0"),
    not_negative("check_total_positive", "payment_payment", "total", "total >= 0::numeric"),
    sha256(
        "check_accesstoken_key_hash",
        "api_accesstoken",
        "key_hash",
        "octet_length(key_hash) = 32",
    ),
    sha256(
        "check_passwordreset_token_hash",
        "api_passwordreset",
        "token_hash",
        "octet_length(token_hash) = 32",
    ),
    one_of("check_refund_status", "payment_refund", "status", &["pending", "succeeded", "failed"]),
    Check {
        name: "check_refund_amount_positive",
        table: "payment_refund",
        column: "amount",
        rule: Rule::Expression { text: "amount > 0::numeric", takes: "0.01", refuses: "0" },
    },
    one_of(
        "check_operation_kind",
        "payment_operation",
        "kind",
        &["charge", "capture", "cancel", "refund"],
    ),
    not_negative("check_operation_amount", "payment_operation", "amount", "amount >= 0::numeric"),
    not_negative("check_operation_tries", "payment_operation", "tries", "tries >= 0"),
    sha256(
        "check_idempotencykey_body_digest",
        "payment_idempotencykey",
        "body_digest",
        "octet_length(body_digest) = 32",
    ),
    whole_answer("status", "200"),
    whole_answer("body", "'{}'"),
];

/// Every trigger. The column that it moves is the trigger's name after `touch_`.
pub(crate) const TRIGGERS: &[&str] = &[
    "touch_updated_at ON api_tenant",
    "touch_password_updated ON api_user",
    "touch_updated ON api_todo",
    "touch_updated_at ON payment_plan",
    "touch_updated_at ON payment_planpricing",
    "touch_updated_at ON payment_paymentgatewayconfig",
    "touch_modified_at ON payment_payment",
    "touch_updated_at ON payment_refund",
];
