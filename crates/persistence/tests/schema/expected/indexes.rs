//! Indexes.

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
    "PRIMARY KEY api_loginattempt_pkey ON api_loginattempt (account)",
    "idx_loginattempt_last_failed ON api_loginattempt (last_failed_at)",
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
    // Subscriptions, trials, customers at gateways.
    "PRIMARY KEY payment_subscription_pkey ON payment_subscription (id)",
    "UNIQUE unique_subscription_subscription_id ON payment_subscription (subscription_id)",
    "UNIQUE unique_subscription_external_id ON payment_subscription (external_id) \
     WHERE (external_id IS NOT NULL)",
    "UNIQUE unique_subscription_live ON payment_subscription (user_id) \
     WHERE ((status)::text = ANY ((ARRAY['trialing'::character varying, \
     'active'::character varying, 'past_due'::character varying])::text[]))",
    "idx_subscription_charge ON payment_subscription (charge_id)",
    "idx_subscription_user ON payment_subscription (user_id)",
    "idx_subscription_plan ON payment_subscription (plan_id)",
    "idx_subscription_pending_plan ON payment_subscription (pending_plan_id)",
    "idx_subscription_payment_gateway ON payment_subscription (payment_gateway_id)",
    "idx_subscription_due ON payment_subscription (next_step_at) WHERE (next_step_at IS NOT NULL)",
    "PRIMARY KEY payment_trial_pkey ON payment_trial (id)",
    "UNIQUE unique_trial_user_plan ON payment_trial (user_id, plan_id)",
    "idx_trial_plan ON payment_trial (plan_id)",
    "PRIMARY KEY payment_customer_pkey ON payment_customer (id)",
    "UNIQUE unique_customer_user_payment_gateway ON payment_customer \
     (user_id, payment_gateway_id)",
    "idx_customer_payment_gateway ON payment_customer (payment_gateway_id)",
    // The inbox of what gateways report.
    "PRIMARY KEY payment_webhookevent_pkey ON payment_webhookevent (id)",
    "UNIQUE unique_webhookevent_event_id ON payment_webhookevent (event_id, variant)",
    "idx_webhookevent_payment ON payment_webhookevent (payment_id)",
    "idx_webhookevent_received ON payment_webhookevent (received_at DESC, id)",
    "idx_webhookevent_status_received ON payment_webhookevent (status, received_at DESC, id)",
    "idx_webhookevent_due ON payment_webhookevent (next_try_at) WHERE (next_try_at IS NOT NULL)",
    // Network equipment.
    "PRIMARY KEY network_servicekey_pkey ON network_servicekey (id)",
    "UNIQUE CONSTRAINT unique_servicekey_key_hash ON network_servicekey (key_hash)",
    "idx_servicekey_tenant ON network_servicekey (tenant_id)",
    "PRIMARY KEY network_session_pkey ON network_session (id)",
    "UNIQUE unique_session_key ON network_session (nas, session_id, user_id)",
    "idx_session_user ON network_session (user_id)",
    "idx_session_open ON network_session (nas) WHERE (ended_at IS NULL)",
    "PRIMARY KEY network_usage_pkey ON network_usage (id)",
    "UNIQUE unique_usage_user_day ON network_usage (user_id, day)",
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
    "idx_paymentlog_event_type_created ON payment_paymentlog (event_type, created_at DESC, id)",
    // Search.
    "CREATE INDEX idx_user_search ON public.api_user USING gin (username gin_trgm_ops, \
     email gin_trgm_ops, first_name gin_trgm_ops, last_name gin_trgm_ops)",
    "CREATE INDEX idx_payment_search ON public.payment_payment USING gin \
     (order_id gin_trgm_ops, transaction_id gin_trgm_ops)",
    "CREATE INDEX idx_paymentlog_search ON public.payment_paymentlog USING gin \
     (event_type gin_trgm_ops, message gin_trgm_ops)",
    "CREATE INDEX idx_auditlog_search ON public.api_auditlog USING gin (action gin_trgm_ops)",
    // Figures.
    "idx_paymentlog_confirmed ON payment_paymentlog (payment_id, created_at, id) \
     WHERE ((data ->> 'to'::text) = 'confirmed'::text)",
    "idx_usage_day ON network_usage (day)",
];
