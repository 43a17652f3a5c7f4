use serde_json::json;

use super::*;
use crate::testing::secrets::PlainSecrets;

fn row(value: Value) -> ForeignRow {
    match value {
        Value::Object(row) => row,
        other => panic!("no row: {other}"),
    }
}

fn tenant(changes: Value) -> ForeignRow {
    let mut tenant = row(json!({
        "id": 7, "name": "Hill Net", "slug": "hill", "email": null, "url": null,
        "uuid": "0b9d4a4e-1f3c-4f0e-9a54-1f6e2b7f6f10", "description": null, "is_active": true,
        "created_at": "2024-05-06T07:08:09.123456+00:00", "updated_at": "2024-05-06T07:08:09+00:00"
    }));
    tenant.extend(row(changes));
    tenant
}

fn user(changes: Value) -> ForeignRow {
    let mut user = row(json!({
        "id": 7, "username": "ada", "email": "ada@example.org", "password": "!", "role": "subscriber",
        "tenant_id": 1, "is_active": true, "date_joined": "2024-05-06T07:08:09+00:00",
        "password_updated": "2024-05-06T07:08:09+00:00"
    }));
    user.extend(row(changes));
    user
}

fn pricing(changes: Value) -> ForeignRow {
    let mut pricing = row(json!({
        "id": 7, "plan_id": 1, "amount": 9.99, "currency": "USD", "interval": "month",
        "trial_period_days": 0, "active": true, "created_at": "2024-05-06T07:08:09+00:00",
        "updated_at": "2024-05-06T07:08:09+00:00"
    }));
    pricing.extend(row(changes));
    pricing
}

fn judged(kind: EntityKind, row: &ForeignRow) -> Verdict {
    judge(kind, row, &PlainSecrets::default()).unwrap()
}

fn fit(kind: EntityKind, row: &ForeignRow) -> Fit {
    match judged(kind, row) {
        Verdict::Fits(fit) => fit,
        Verdict::Refused(misfits) => panic!("refused: {misfits:?}"),
    }
}

/// Columns that are refused, with the reasons.
fn refused(kind: EntityKind, row: &ForeignRow) -> Vec<(&'static str, String)> {
    match judged(kind, row) {
        Verdict::Fits(fit) => panic!("fits: {:?}", fit.row),
        Verdict::Refused(misfits) => {
            misfits.iter().map(|misfit| (misfit.column, misfit.reason.to_string())).collect()
        }
    }
}

#[test]
fn parents_come_before_their_children() {
    for (place, kind) in ORDER.iter().enumerate() {
        for relation in references(*kind) {
            let parent = ORDER.iter().position(|other| *other == relation.parent);
            assert!(parent.is_some_and(|parent| parent < place), "{relation:?}");
            let is_read = columns(*kind).iter().any(|column| column.name == relation.column);
            assert!(is_read, "{relation:?}");
        }
    }
}

#[test]
fn a_row_that_fits_is_stored_to_the_letter() {
    let found = tenant(json!({ "description": " a\nb \n", "url": " http://x.io" }));
    let fit = fit(EntityKind::Tenant, &found);
    assert_eq!(fit.row, found);
    assert_eq!(fit.changes, []);
}

#[test]
fn columns_that_nothing_corresponds_to_are_left_out() {
    let fit = fit(EntityKind::User, &user(json!({ "is_staff": true })));
    assert_eq!(fit.row.get("is_staff"), None);
    assert_eq!(fit.row["bio"], Value::Null);
}

#[test]
fn every_reason_is_told_and_not_the_first_alone() {
    let found = tenant(json!({ "name": "", "slug": "a b", "is_active": null, "id": 0 }));
    let columns: Vec<&str> =
        refused(EntityKind::Tenant, &found).into_iter().map(|(column, _)| column).collect();
    assert_eq!(columns, ["id", "name", "slug", "is_active"]);
}

#[test]
fn white_space_around_what_identifies_a_row_is_refused_and_kept_elsewhere() {
    let padded = "White space around this value is not allowed.".to_owned();
    for column in ["name", "slug", "email"] {
        let value = format!("{} ", if column == "email" { "a@x.io" } else { "x" });
        let found = tenant(json!({ column: value }));
        assert_eq!(refused(EntityKind::Tenant, &found), [(column, padded.clone())]);
    }
    let found = user(json!({ "first_name": " Ada " }));
    assert_eq!(fit(EntityKind::User, &found).row["first_name"], " Ada ");
}

#[test]
fn text_must_fit_its_column_with_the_white_space_that_stays() {
    let exact = format!("{:<20}", "0123");
    let found = user(json!({ "phone_number": exact }));
    assert_eq!(fit(EntityKind::User, &found).row["phone_number"], exact);
    let longer = user(json!({ "phone_number": format!("{exact} ") }));
    let reason = "Ensure this field has no more than 20 characters.".to_owned();
    assert_eq!(refused(EntityKind::User, &longer), [("phone_number", reason)]);
}

#[test]
fn a_change_says_what_stood_there() {
    let found = tenant(json!({
        "url": "", "email": "Office@HILL.example", "updated_at": "2024-05-06T07:08:09.5"
    }));
    let fit = fit(EntityKind::Tenant, &found);
    assert_eq!(fit.row["url"], Value::Null);
    assert_eq!(fit.row["email"], "Office@hill.example");
    assert_eq!(fit.row["updated_at"], "2024-05-06T07:08:09.5+00:00");
    let changes: Vec<_> =
        fit.changes.iter().map(|it| (it.column, it.change, it.before.clone().unwrap())).collect();
    assert_eq!(
        changes,
        [
            ("email", Change::DomainLowered, json!("Office@HILL.example")),
            ("url", Change::BlankIsNull, json!("")),
            ("updated_at", Change::ReadAsUtc, json!("2024-05-06T07:08:09.5")),
        ]
    );
}

#[test]
fn times_that_no_client_could_read_are_refused() {
    for time in ["infinity", "12000-01-01T00:00:00+00:00", "0044-03-15T00:00:00+00:00 BC", ""] {
        let found = tenant(json!({ "created_at": time }));
        let reason = "Enter a valid date/time.".to_owned();
        assert_eq!(refused(EntityKind::Tenant, &found), [("created_at", reason)], "{time}");
    }
}

#[test]
fn a_value_of_another_type_is_refused() {
    let of_user =
        |column: &str, value: Value| refused(EntityKind::User, &user(json!({ column: value })));
    for (column, value, reason) in [
        (
            "birth_date",
            json!("infinity"),
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
        ),
        (
            "birth_date",
            json!("2023-02-29"),
            "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.",
        ),
        ("is_active", json!("yes"), "Must be a valid boolean."),
        ("is_active", Value::Null, "This field may not be null."),
        ("bio", json!(7), "Not a valid string."),
        ("username", json!(7), "Not a valid string."),
        ("tenant_id", json!("1"), "A valid integer is required."),
    ] {
        assert_eq!(
            of_user(column, value.clone()),
            [(column_of(column), reason.to_owned())],
            "{value}"
        );
    }
    let found = tenant(json!({ "uuid": "0b9d4a4e" }));
    assert_eq!(refused(EntityKind::Tenant, &found), [("uuid", "Enter a valid UUID.".to_owned())]);
}

/// A name as the table of columns has it.
fn column_of(name: &str) -> &'static str {
    columns(EntityKind::User).iter().find(|column| column.name == name).unwrap().name
}

#[test]
fn a_uuid_without_hyphens_is_the_same() {
    let found = tenant(json!({ "uuid": "0B9D4A4E1F3C4F0E9A541F6E2B7F6F10" }));
    let fit = fit(EntityKind::Tenant, &found);
    assert_eq!(fit.row["uuid"], "0b9d4a4e-1f3c-4f0e-9a54-1f6e2b7f6f10");
}

#[test]
fn an_id_has_32_bits_and_is_positive() {
    for (id, least) in [(json!(0), true), (json!(-1), true), (json!(2_147_483_648_i64), false)] {
        let reason = if least {
            "Ensure this value is greater than or equal to 1."
        } else {
            "Ensure this value is less than or equal to 2147483647."
        };
        let found = tenant(json!({ "id": id }));
        assert_eq!(refused(EntityKind::Tenant, &found), [("id", reason.to_owned())]);
    }
    let huge: Value = serde_json::from_str(&"9".repeat(60)).unwrap();
    assert_eq!(refused(EntityKind::Tenant, &tenant(json!({ "id": huge })))[0].0, "id");
    for no_id in [json!(1.5), json!("1")] {
        let reason = "A valid integer is required.".to_owned();
        let found = tenant(json!({ "id": no_id }));
        assert_eq!(refused(EntityKind::Tenant, &found), [("id", reason)]);
    }
}

#[test]
fn an_owner_belongs_to_a_tenant_and_others_need_not() {
    let without = |role: &str| user(json!({ "role": role, "tenant_id": null }));
    let reason = "This field is required.".to_owned();
    assert_eq!(refused(EntityKind::User, &without("tenant_owner")), [("tenant_id", reason)]);
    for role in ["superadmin", "admin", "subscriber"] {
        fit(EntityKind::User, &without(role));
    }
}

#[test]
fn amounts_are_judged_by_value_and_with_their_currency() {
    let amount = |digits: &str, currency: &str| {
        let amount: Value = serde_json::from_str(digits).unwrap();
        pricing(json!({ "amount": amount, "currency": currency }))
    };
    for (digits, currency) in [("12.5000", "USD"), ("100.00", "JPY"), ("0", "KWD")] {
        fit(EntityKind::PlanPricing, &amount(digits, currency));
    }
    let reason = |digits, currency| {
        let reasons = refused(EntityKind::PlanPricing, &amount(digits, currency));
        assert_eq!(reasons.len(), 1, "{reasons:?}");
        assert_eq!(reasons[0].0, "amount");
        reasons[0].1.clone()
    };
    assert_eq!(reason("100.50", "JPY"), "This amount has more decimals than the currency allows.");
    assert_eq!(reason("1.999", "USD"), "Ensure that there are no more than 2 decimal places.");
    assert_eq!(reason("-1", "USD"), "Ensure this value is greater than or equal to 0.");
    let digits = "9".repeat(60);
    assert_eq!(reason(&digits, "USD"), "Ensure that there are no more than 10 digits in total.");
    assert_eq!(reason("\"NaN\"", "USD"), "A valid number is required.");
}

#[test]
fn a_code_in_small_letters_is_the_same_currency() {
    let fit = fit(EntityKind::PlanPricing, &pricing(json!({ "currency": "eur" })));
    assert_eq!(fit.row["currency"], "EUR");
    assert_eq!(fit.changes[0].change, Change::CodeCapitalised);
}

#[test]
fn hashes_are_kept_in_a_form_that_can_be_checked() {
    let password = |hash: &str| {
        let fit = fit(EntityKind::User, &user(json!({ "password": hash })));
        let changes: Vec<_> = fit.changes.iter().map(|it| (it.change, it.before.clone())).collect();
        (fit.row["password"].as_str().unwrap().to_owned(), changes)
    };
    for kept in ["pbkdf2_sha256$1$a$b", "$argon2id$v=19$m=1,t=1,p=1$a$b", "!unusable"] {
        assert_eq!(password(kept), (kept.to_owned(), vec![]));
    }
    let of_django = "argon2$argon2id$v=19$m=1,t=1,p=1$a$b";
    assert_eq!(
        password(of_django),
        ("$argon2id$v=19$m=1,t=1,p=1$a$b".to_owned(), vec![(Change::HashInPhcForm, None)])
    );
    for unknown in ["bcrypt_sha256$$2b$12$a", "md5$a$b", "argon2"] {
        assert_eq!(password(unknown), (unknown.to_owned(), vec![(Change::HashUnknown, None)]));
    }
}

#[test]
fn secrets_are_in_no_reason() {
    let long = user(json!({ "password": "h".repeat(129) }));
    let Verdict::Refused(misfits) = judged(EntityKind::User, &long) else {
        panic!("fits");
    };
    assert_eq!(misfits[0].value, None);
    let named = tenant(json!({ "name": "" }));
    let Verdict::Refused(misfits) = judged(EntityKind::Tenant, &named) else {
        panic!("fits");
    };
    assert_eq!(misfits[0].value, Some(json!("")));
}

#[test]
fn of_a_key_only_the_digest_goes_on() {
    let key = "ab".repeat(20);
    let found = row(json!({ "key": key, "user_id": 3, "created": "2024-05-06T07:08:09+00:00" }));
    let digest = "\\xf830125c0db7d16c841ee826f4d515b4715c5cf5f2a93e9702e9e13ed8079256";
    let fit = fit(EntityKind::AccessToken, &found);
    assert_eq!(fit.row["key_hash"], digest);
    assert_eq!(fit.row["created_at"], "2024-05-06T07:08:09+00:00");
    assert_eq!(fit.row.get("key"), None);
    let aside = kept(EntityKind::AccessToken, &found, &PlainSecrets::default()).unwrap();
    assert_eq!((aside.get("key"), &aside["key_hash"]), (None, &json!(digest)));
    assert_eq!(name_of(EntityKind::AccessToken, &found), "user 3");
}

#[test]
fn of_what_is_no_key_the_digest_is_kept() {
    let found = row(json!({ "key": "not-a-key", "user_id": 3 }));
    let aside = kept(EntityKind::AccessToken, &found, &PlainSecrets::default()).unwrap();
    let digest = "\\x69c92b8a1f26c7ac5e4763bd7d3026b148495713e85a12fd9187dcaae026e568";
    assert_eq!((aside.get("key"), &aside["key_hash"]), (None, &json!(digest)));
}

#[test]
fn a_configuration_that_is_no_object_is_kept_sealed_as_a_whole() {
    let secrets = PlainSecrets::default();
    for config in [json!(["sk_live_1"]), json!("sk_live_1"), json!([{ "secret_key": "sk_live_1" }])]
    {
        let found = row(json!({ "id": 7, "config": config }));
        let aside = kept(EntityKind::PaymentGatewayConfig, &found, &secrets).unwrap();
        let sealed = aside["config"]["sealed"].as_str().unwrap();
        assert_eq!(secrets.open(sealed), Ok(config.to_string()));
        assert!(!Value::Object(aside).to_string().contains("sk_live_1"));
    }
}

#[test]
fn a_configuration_that_is_not_there_is_kept_as_it_is() {
    let found = row(json!({ "id": 7, "config": null }));
    let aside = kept(EntityKind::PaymentGatewayConfig, &found, &PlainSecrets::default());
    assert_eq!(aside, Ok(found));
}

#[test]
fn a_dangling_reference_says_whether_its_row_was_refused() {
    let found = user(json!({}));
    let relation = references(EntityKind::User).next().unwrap();
    let reason = |was_refused| Misfit::dangling(&found, relation, 1, was_refused).reason;
    assert_eq!(reason(true).to_string(), "The tenant 1 that this refers to does not fit.");
    assert_eq!(reason(false).to_string(), "Invalid pk \"1\" - object does not exist.");
}
