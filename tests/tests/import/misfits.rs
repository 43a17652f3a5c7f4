//! Rows that break a rule: each is told with its reason and kept, see `misfits.sql`.

use serde_json::Value;
use wiwebb_tests::TestDatabase;

use crate::django::{TABLES, count, run_sql, select, select_one, site, site_with_misfits};
use crate::program::copy;

const GUIDE: &str = include_str!("../../../docs/moving-from-django.md");

/// Table, row, column, and the reason.
const EXPECTED: [(&str, &str, &str, &str); 46] = [
    ("api_tenant", "100", "name", "Ensure this field has no more than 150 characters."),
    ("api_tenant", "101", "name", "White space around this value is not allowed."),
    (
        "api_tenant",
        "102",
        "slug",
        "Enter a valid 'slug' consisting of letters, numbers, underscores or hyphens.",
    ),
    ("api_tenant", "103", "slug", "This value is reserved."),
    ("api_tenant", "104", "email", "Enter a valid email address."),
    ("api_tenant", "105", "url", "Enter a valid URL."),
    ("api_tenant", "106", "created_at", "Enter a valid date/time."),
    ("api_tenant", "3000000000", "id", "Ensure this value is less than or equal to 2147483647."),
    (
        "api_user",
        "100",
        "username",
        "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ \
         characters.",
    ),
    ("api_user", "101", "email", "user with this email already exists."),
    ("api_user", "102", "role", "\"king\" is not a valid choice."),
    ("api_user", "103", "role", "This field may not be null."),
    ("api_user", "104", "tenant_id", "This field is required."),
    ("api_user", "105", "phone_number", "Ensure this field has no more than 20 characters."),
    ("api_user", "106", "url", "Enter a valid URL."),
    ("api_user", "107", "password", "Ensure this field has no more than 128 characters."),
    ("api_user", "108", "tenant_id", "Invalid pk \"999\" - object does not exist."),
    ("api_user", "110", "tenant_id", "The tenant 100 that this refers to does not fit."),
    ("api_todo", "100", "task", "This field may not be blank."),
    ("api_todo", "101", "user_id", "The user 102 that this refers to does not fit."),
    ("api_todo", "102", "user_id", "Invalid pk \"999\" - object does not exist."),
    ("api_auditlog", "100", "action", "\"promoted\" is not a valid choice."),
    ("api_auditlog", "101", "details", "Expected a dictionary of items but got type \"list\"."),
    ("api_auditlog", "102", "target_id", "The user 102 that this refers to does not fit."),
    (
        "api_auditlog",
        "103",
        "",
        "The database refuses the row: unsupported Unicode escape sequence",
    ),
    ("payment_plan", "100", "default", "Another plan is the default."),
    ("payment_plan", "101", "daily_data_mb", "Ensure this value is greater than or equal to 0."),
    (
        "payment_plan",
        "102",
        "daily_data_mb",
        "Ensure this value is less than or equal to 2147483647.",
    ),
    ("payment_planpricing", "100", "amount", "Ensure this value is greater than or equal to 0."),
    (
        "payment_planpricing",
        "101",
        "amount",
        "Ensure that there are no more than 2 decimal places.",
    ),
    (
        "payment_planpricing",
        "102",
        "amount",
        "Ensure that there are no more than 10 digits in total.",
    ),
    ("payment_planpricing", "103", "amount", "A valid number is required."),
    ("payment_planpricing", "104", "currency", "Enter a valid currency code."),
    (
        "payment_planpricing",
        "105",
        "amount",
        "This amount has more decimals than the currency allows.",
    ),
    ("payment_planpricing", "106", "interval", "\"quarter\" is not a valid choice."),
    (
        "payment_planpricing",
        "107",
        "trial_period_days",
        "Ensure this value is less than or equal to 730.",
    ),
    ("payment_planpricing", "108", "plan_id", "The plan 100 that this refers to does not fit."),
    (
        "payment_paymentgatewayconfig",
        "100",
        "config",
        "Expected a dictionary of items but got type \"list\".",
    ),
    ("payment_paymentgatewayconfig", "101", "name", "This field may not be blank."),
    ("payment_payment", "100", "status", "\"cancelled\" is not a valid choice."),
    (
        "payment_payment",
        "101",
        "transaction_id",
        "payment with this transaction_id already exists.",
    ),
    ("payment_payment", "102", "user_id", "The user 102 that this refers to does not fit."),
    (
        "payment_payment",
        "103",
        "payment_gateway_id",
        "The payment gateway 100 that this refers to does not fit.",
    ),
    (
        "payment_payment",
        "104",
        "total",
        "Ensure that there are no more than 8 digits before the decimal point.",
    ),
    (
        "payment_paymentlog",
        "100",
        "payment_id",
        "The payment 100 that this refers to does not fit.",
    ),
    ("payment_paymentlog", "101", "event_type", "This field may not be blank."),
];

/// The same of keys, whose rows have no id.
const OF_KEYS: [(&str, &str, &str); 2] = [
    ("user 3", "key", "Not a key of 40 hexadecimal digits."),
    ("user 102", "user_id", "The user 102 that this refers to does not fit."),
];

#[tokio::test]
async fn every_row_that_does_not_fit_is_told_with_its_rule_and_nothing_else_is() {
    let Some(site) = site_with_misfits().await else { return };
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(3);
    let keys = OF_KEYS.map(|(row, column, reason)| ("authtoken_token", row, column, reason));
    let mut expected: Vec<_> = EXPECTED.into_iter().chain(keys).collect();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let refused = outcome.report.iter().filter(|line| line.get("refused").is_some());
    let found: Vec<[String; 4]> = refused
        .map(|line| ["table", "row", "column", "refused"].map(|name| text(line, name)))
        .collect();
    let mut found: Vec<_> =
        found.iter().map(|[a, b, c, d]| (a.as_str(), b.as_str(), c.as_str(), d.as_str())).collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    for (table, row, column, reason) in found {
        let column = if column.is_empty() { "row" } else { column };
        let line = format!("{table} {row}: {column}: {reason}");
        assert!(outcome.said.contains(&line), "{line}\n{}", outcome.said);
    }
}

#[tokio::test]
async fn what_was_read_is_either_there_or_set_aside() {
    let Some(site) = site_with_misfits().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(3);
    for (theirs, own) in TABLES {
        let aside = format!("SELECT count(*) FROM import_refused WHERE table_name = '{theirs}'");
        let aside: u64 = select_one(&ours, &aside).await.parse().unwrap();
        assert!(aside > 0, "{theirs} has no misfit");
        assert_eq!(count(&ours, own).await + aside, count(&site, theirs).await, "{theirs}");
    }
}

#[tokio::test]
async fn a_row_that_is_set_aside_is_whole() {
    let Some(site) = site_with_misfits().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(3);
    for table in ["api_tenant", "api_user", "api_todo", "payment_plan", "payment_payment"] {
        let there = format!("SELECT row_to_json(r)::jsonb FROM {table} AS r WHERE id >= 100");
        let there = select(&site, &there).await;
        let aside =
            format!("SELECT \"row\"::jsonb FROM import_refused WHERE table_name = '{table}'");
        let aside = select(&ours, &aside).await;
        assert!(!aside.is_empty());
        for row in aside {
            assert!(there.contains(&row), "{row}");
        }
    }
}

#[tokio::test]
async fn secrets_of_rows_that_are_set_aside_are_neither_told_nor_stored_in_the_clear() {
    let Some(site) = site_with_misfits().await else { return };
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(3);
    let key = "ab".repeat(20);
    let hash = "h".repeat(129);
    let told = format!("{:?}{}{}", outcome.report, outcome.said, outcome.told);
    for secret in [key.as_str(), hash.as_str(), "sk_live_listed", "sk_live_nameless", "not-a-key"] {
        assert!(!told.contains(secret), "{secret}");
    }
    for secret in [key.as_str(), "sk_live_listed", "sk_live_nameless", "not-a-key"] {
        let rows =
            format!("SELECT count(*) FROM import_refused WHERE \"row\"::text LIKE '%{secret}%'");
        assert_eq!(select_one(&ours, &rows).await, "0", "{secret}");
    }
    let digest = "SELECT \"row\" ->> 'key_hash' = '\\x' || encode(sha256(repeat('ab', 20)::bytea),
        'hex') FROM import_refused WHERE row_id = 'user 102'";
    assert_eq!(select_one(&ours, digest).await, "true");
}

#[tokio::test]
async fn a_row_that_is_set_aside_is_brought_in_as_the_guide_says() {
    let Some(site) = site_with_misfits().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(3);
    let (_, part) = GUIDE.split_once("## Rows that were set aside").unwrap();
    let (_, statement) = part.split_once("INSERT INTO").unwrap();
    let (statement, _) = statement.split_once("```").unwrap();
    run_sql(&ours, &format!("INSERT INTO {statement}")).await;
    let todo = "SELECT format('%s %s', user_id, task) FROM api_todo WHERE id = 102";
    assert_eq!(select_one(&ours, todo).await, "3 of nobody");
}

#[tokio::test]
async fn a_hash_that_nobody_can_check_is_kept_and_told() {
    let Some(site) = site_with_misfits().await else { return };
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(3);
    assert_eq!(
        outcome.reported("changed", "api_user", "111", "password"),
        ["no password can be checked against this hash; it has to be reset"]
    );
    let hash = "SELECT password FROM api_user WHERE id = 111";
    assert_eq!(select_one(&ours, hash).await, "bcrypt_sha256$$2b$12$abc");
}

#[tokio::test]
async fn of_two_rows_that_clash_the_first_stays() {
    let Some(site) = site().await else { return };
    // The domain in another case hides it from Django.
    run_sql(&site, "UPDATE api_user SET email = 'owner@EXAMPLE.org' WHERE username = 'nologin'")
        .await;
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(3);
    let nologin = select_one(&site, "SELECT id FROM api_user WHERE username = 'nologin'").await;
    assert_eq!(
        outcome.reported("refused", "api_user", &nologin, "email"),
        ["user with this email already exists."]
    );
    let left = "SELECT count(*) FROM api_user WHERE lower(email) = 'owner@example.org'";
    assert_eq!(select_one(&ours, left).await, "1");
}

#[tokio::test]
async fn a_key_that_the_store_does_not_take_keeps_no_later_one_out() {
    let Some(site) = site().await else { return };
    run_sql(
        &site,
        "ALTER TABLE authtoken_token DROP CONSTRAINT authtoken_token_pkey;
         ALTER TABLE authtoken_token DROP CONSTRAINT authtoken_token_user_id_key;
         INSERT INTO authtoken_token (key, user_id, created)
         SELECT key, 1, now() FROM authtoken_token WHERE user_id = 2;
         INSERT INTO authtoken_token (key, user_id, created)
         SELECT md5(n::text) || '01234567', 3, now() FROM generate_series(1, 1200) AS n",
    )
    .await;
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(3);
    assert_eq!(count(&ours, "api_accesstoken").await, 2 + 1_200);
    let refused = outcome.report.iter().filter(|line| line["table"] == "authtoken_token");
    assert_eq!(refused.count(), 1);
}

#[tokio::test]
async fn tables_of_many_rows_are_read_in_parts() {
    let Some(site) = site().await else { return };
    run_sql(
        &site,
        "INSERT INTO api_todo (user_id, task, completed, timestamp, updated)
         SELECT 1, CASE WHEN n % 1000 = 0 THEN '' ELSE 'task ' || n END, false, now(), now()
         FROM generate_series(1, 5000) AS n",
    )
    .await;
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(3);
    assert_eq!(count(&ours, "api_todo").await, 3 + 4_995);
    assert_eq!(outcome.report.iter().filter(|line| line["table"] == "api_todo").count(), 5);
}
