//! What single operations can be told besides what all of their kind can: the errors of contract §3
//! to §16, by the name of the operation.

use wiwebb_domain::access::Denial;
use wiwebb_domain::error::{
    AnonymisationRefused, Error, NON_FIELD, PaymentStepRefused, SubscriptionRefused, UniqueKey,
    Violation,
};
use wiwebb_domain::ports::webhook::WebhookRefused;
use wiwebb_domain::relations::{DeletionPlan, EntityKind, relation_of};
use wiwebb_domain::services::role_assignment::AssignRoleError;
use wiwebb_domain::usage::NetworkName;

use super::refusals::{field, fields};
use crate::error::ApiError;

/// The errors of an operation; a `PATCH` has those of its `PUT`.
pub(super) fn of(operation: &str) -> Vec<ApiError> {
    match operation.replace("_partial_", "_").as_str() {
        "auth_login" => vec![field(NON_FIELD, Violation::BadCredentials)],
        "auth_register" => of_registration(),
        "auth_update_profile" => vec![taken(UniqueKey::Email), field("url", Violation::NotUrl)],
        "auth_change_password" => {
            let mut told = of_passwords("new_password2");
            told.push(field("old_password", Violation::WrongPassword));
            told
        }
        "auth_confirm_reset" => {
            let mut told = of_passwords("new_password2");
            told.extend(["uid", "token"].map(|name| field(name, Violation::InvalidLink)));
            told
        }
        "tenants_own" => vec![Error::NoTenant.into()],
        "tenants_create" | "tenants_update" => vec![
            taken(UniqueKey::TenantName),
            taken(UniqueKey::TenantSlug),
            field("slug", Violation::NotSlug),
            field("slug", Violation::Reserved),
        ],
        "tenants_delete" => protected(EntityKind::User, "tenant_id"),
        "plans_create" | "plans_update" => vec![taken(UniqueKey::PlanName)],
        "plans_delete" => protected(EntityKind::Subscription, "plan_id"),
        "plans_create_pricing" | "plans_update_pricing" => {
            let mut told = of_sums();
            told.push(field("amount", Violation::BelowMinimum { min: 0 }));
            told
        }
        "gateways_create" | "gateways_update" => vec![
            taken(UniqueKey::GatewayName),
            field("priority", Violation::BelowMinimum { min: i32::MIN.into() }),
            field("priority", Violation::AboveMaximum { max: i32::MAX.into() }),
        ],
        "gateways_delete" => protected(EntityKind::Payment, "payment_gateway_id"),
        "service_keys_create" => vec![no_such("tenant")],
        "webhooks_receive" => vec![
            Error::Webhook(WebhookRefused::Signature).into(),
            Error::Webhook(WebhookRefused::Payload).into(),
        ],
        name if name.starts_with("users_") => of_users(name),
        name if name.starts_with("network_") => of_network(name),
        name => of_money(name),
    }
}

fn of_users(operation: &str) -> Vec<ApiError> {
    let own_status = || field("is_active", Violation::OwnActiveStatus);
    match operation {
        "users_create" => {
            let mut told = of_passwords("password");
            told.extend([
                taken(UniqueKey::Username),
                field("username", Violation::NotUsername),
                field("url", Violation::NotUrl),
                taken(UniqueKey::Email),
                field("tenant", Violation::Required),
                no_such("tenant"),
                field(NON_FIELD, Violation::OtherTenant),
                Denial::SuperadminRole.into(),
                Denial::OtherThanSubscriber.into(),
            ]);
            told
        }
        "users_update" => {
            vec![taken(UniqueKey::Email), field("url", Violation::NotUrl), own_status()]
        }
        "users_delete" => {
            let mut told = protected(EntityKind::Payment, "user_id");
            told.push(Error::OwnAccount.into());
            told
        }
        "users_assign_role" => vec![
            AssignRoleError::InvalidRole.into(),
            AssignRoleError::OwnRole.into(),
            AssignRoleError::Insufficient.into(),
            AssignRoleError::OnlySubscriber.into(),
            AssignRoleError::OtherTenant.into(),
            AssignRoleError::SuperadminRole.into(),
            field("tenant", Violation::Required),
            field("tenant", Violation::NotAKey { found: "str" }),
            no_such("tenant"),
        ],
        "users_set_password" => {
            let mut told = of_passwords("password");
            told.push(Error::OwnPassword.into());
            told
        }
        "users_set_active" => vec![own_status(), Error::Forgotten.into()],
        "users_anonymise" => [
            AnonymisationRefused::OwnAccount,
            AnonymisationRefused::Subscribed,
            AnonymisationRefused::OpenPayments,
        ]
        .map(|refused| Error::Anonymisation(refused).into())
        .into(),
        "users_deletion" => vec![Error::OwnAccount.into()],
        "users_revoke_tokens" => vec![Error::OwnKeys.into()],
        _ => Vec::new(),
    }
}

fn of_money(operation: &str) -> Vec<ApiError> {
    let step = |refused| ApiError::from(Error::PaymentStep(refused));
    let not_positive = || field("amount", Violation::NotPositive);
    match operation {
        "payments_create" => {
            let mut told = of_sums();
            told.push(not_positive());
            told.push(field("payment_gateway", Violation::GatewayUnavailable));
            told
        }
        "payments_capture" => vec![
            step(PaymentStepRefused::Capture),
            not_positive(),
            field("amount", Violation::CaptureTooLarge),
        ],
        "payments_refund" => vec![
            step(PaymentStepRefused::Refund),
            not_positive(),
            field("amount", Violation::RefundTooLarge),
        ],
        "payments_confirm" => vec![step(PaymentStepRefused::Confirm)],
        "payments_cancel" => vec![step(PaymentStepRefused::Cancel)],
        "subscriptions_subscribe" => refused(&[
            SubscriptionRefused::Plan,
            SubscriptionRefused::AlreadySubscribed,
            SubscriptionRefused::Pricing,
        ]),
        "subscriptions_change" => refused(&[
            SubscriptionRefused::Plan,
            SubscriptionRefused::Pricing,
            SubscriptionRefused::NoneActive,
            SubscriptionRefused::Changing,
        ]),
        "subscriptions_cancel" => refused(&[SubscriptionRefused::NoneActive]),
        "subscriptions_resume" => refused(&[SubscriptionRefused::NothingToResume]),
        "subscriptions_status" | "subscriptions_limits" => vec![Error::NoSubscription.into()],
        _ => Vec::new(),
    }
}

/// What is wrong with attributes, whichever way they are written (contract §16).
fn of_network(operation: &str) -> Vec<ApiError> {
    let bad_names = [" ".to_owned(), "x".repeat(1_000)];
    let refused = bad_names.iter().filter_map(|name| NetworkName::new(name).err());
    let refused = refused.chain([Violation::NotText, Violation::NulCharacter]);
    let of_name = refused.map(|violation| field("User-Name", violation));
    match operation {
        "network_authorize" => {
            of_name.chain([field("User-Password", Violation::NotText)]).collect()
        }
        "network_account" => {
            let unknown = Violation::NotAChoice { value: "x".to_owned() };
            let needed = ["Acct-Session-Id", "User-Name"].map(str::to_owned);
            let others = [
                field("Acct-Status-Type", unknown),
                fields(needed.into(), &Violation::Required),
                field("Acct-Session-Time", Violation::NotInteger),
            ];
            of_name.chain(others).collect()
        }
        "network_usage" => vec![Error::NoSubscription.into()],
        _ => Vec::new(),
    }
}

fn of_registration() -> Vec<ApiError> {
    let mut told = of_passwords("password1");
    told.extend([
        taken(UniqueKey::Username),
        field("username", Violation::NotUsername),
        taken(UniqueKey::Email),
        field("password2", Violation::PasswordsDiffer),
    ]);
    told
}

/// What is wrong with a new password (contract §1.9).
fn of_passwords(name: &'static str) -> Vec<ApiError> {
    let mut told = vec![
        field(name, Violation::PasswordTooSimilar { attribute: "username" }),
        field(name, Violation::PasswordTooShort { min: 8 }),
        field(name, Violation::PasswordTooCommon),
        field(name, Violation::PasswordEntirelyNumeric),
    ];
    if name.ends_with('2') {
        told.push(field(name, Violation::PasswordsDiffer));
    }
    told
}

/// What is wrong with an amount and its currency.
fn of_sums() -> Vec<ApiError> {
    vec![field("amount", Violation::BelowMinorUnit), field("currency", Violation::NotCurrency)]
}

fn taken(key: UniqueKey) -> ApiError {
    field(key.field(), Violation::Taken(key))
}

fn no_such(name: &'static str) -> ApiError {
    field(name, Violation::NoSuchObject { key: "999".to_owned() })
}

/// A delete that rows forbid which refer to the row in this column.
fn protected(child: EntityKind, column: &str) -> Vec<ApiError> {
    let relation = relation_of(child, column);
    relation
        .map(|found| Error::Protected(DeletionPlan::blocked_by(found)).into())
        .into_iter()
        .collect()
}

fn refused(reasons: &[SubscriptionRefused]) -> Vec<ApiError> {
    reasons.iter().map(|reason| Error::Subscription(*reason).into()).collect()
}
