//! Check constraints.

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

/// A column of a subscription that is refused without the others that belong to it. The row that is
/// tried has them all.
const fn together(
    name: &'static str,
    column: &'static str,
    text: &'static str,
    takes: &'static str,
) -> Check {
    Check {
        name,
        table: "payment_subscription",
        column,
        rule: Rule::Expression { text, takes, refuses: "NULL" },
    }
}

const TERMS: &str =
    "(amount IS NULL) = (currency IS NULL) AND (amount IS NULL) = (\"interval\" IS NULL)";
const PERIOD: &str = "(current_period_start IS NULL) = (current_period_end IS NULL)";
const CHARGE: &str = "(charge_id IS NULL) = (charge_purpose IS NULL)";
const PENDING: &str = "(pending_amount IS NULL) = (pending_currency IS NULL) \
                       AND (pending_amount IS NULL) = (pending_interval IS NULL) \
                       AND (pending_plan_id IS NOT NULL OR pending_amount IS NULL)";

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
        &["role_changed", "password_reset", "activation_changed", "user_anonymised"],
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
        "check_loginattempt_account",
        "api_loginattempt",
        "account",
        "octet_length(account) = 32",
    ),
    Check {
        name: "check_loginattempt_failures",
        table: "api_loginattempt",
        column: "failures",
        rule: Rule::Expression { text: "failures > 0", takes: "1", refuses: "0" },
    },
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
    one_of("check_subscription_driver", "payment_subscription", "driver", &["local", "gateway"]),
    one_of(
        "check_subscription_status",
        "payment_subscription",
        "status",
        &["incomplete", "trialing", "active", "past_due", "canceled"],
    ),
    not_negative(
        "check_subscription_amount",
        "payment_subscription",
        "amount",
        "amount >= 0::numeric",
    ),
    one_of(
        "check_subscription_interval",
        "payment_subscription",
        "interval",
        &["day", "week", "month", "year"],
    ),
    together("check_subscription_terms", "amount", TERMS, "0"),
    together("check_subscription_terms", "currency", TERMS, "'EUR'"),
    together("check_subscription_terms", "interval", TERMS, "'week'"),
    together("check_subscription_current_period", "current_period_start", PERIOD, "now()"),
    together("check_subscription_current_period", "current_period_end", PERIOD, "now()"),
    Check {
        name: "check_subscription_trial_days",
        table: "payment_subscription",
        column: "trial_days",
        rule: Rule::Expression {
            text: "trial_days >= 0 AND trial_days <= 730",
            takes: "730",
            refuses: "731",
        },
    },
    one_of(
        "check_subscription_charge_purpose",
        "payment_subscription",
        "charge_purpose",
        &["start", "renewal", "change"],
    ),
    together(
        "check_subscription_charge",
        "charge_id",
        CHARGE,
        "(SELECT min(id) FROM payment_payment)",
    ),
    together("check_subscription_charge", "charge_purpose", CHARGE, "'start'"),
    not_negative(
        "check_subscription_pending_amount",
        "payment_subscription",
        "pending_amount",
        "pending_amount >= 0::numeric",
    ),
    one_of(
        "check_subscription_pending_interval",
        "payment_subscription",
        "pending_interval",
        &["day", "week", "month", "year"],
    ),
    together("check_subscription_pending", "pending_amount", PENDING, "0"),
    together("check_subscription_pending", "pending_currency", PENDING, "'EUR'"),
    together("check_subscription_pending", "pending_interval", PENDING, "'week'"),
    together(
        "check_subscription_pending",
        "pending_plan_id",
        PENDING,
        "(SELECT min(id) FROM payment_plan)",
    ),
    one_of(
        "check_webhookevent_status",
        "payment_webhookevent",
        "status",
        &["received", "processed", "unmatched", "ignored"],
    ),
    not_negative("check_webhookevent_tries", "payment_webhookevent", "tries", "tries >= 0"),
    sha256(
        "check_servicekey_key_hash",
        "network_servicekey",
        "key_hash",
        "octet_length(key_hash) = 32",
    ),
    not_negative("check_session_seconds", "network_session", "seconds", "seconds >= 0"),
    not_negative("check_session_octets", "network_session", "octets", "octets >= 0"),
    not_negative("check_usage_seconds", "network_usage", "seconds", "seconds >= 0"),
    not_negative("check_usage_octets", "network_usage", "octets", "octets >= 0"),
];
