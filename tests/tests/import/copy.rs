//! `wiwebb import django --from`

use wiwebb_tests::TestDatabase;

use crate::django::{TABLES, connect, count, run_sql, select, select_one, site};
use crate::program::{self, copy, wiwebb};

#[tokio::test]
async fn every_row_of_a_good_site_is_there_afterwards() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(0);
    for (theirs, own) in TABLES {
        let rows = count(&site, theirs).await;
        assert!(rows > 0, "{theirs} has no sample");
        assert_eq!(count(&ours, own).await, rows, "{own}");
    }
    assert!(outcome.said.contains("every row fits"), "{}", outcome.said);
    assert!(outcome.report.iter().all(|line| line["refused"].is_null()));
    let none = select_one(&ours, "SELECT to_regclass('import_refused') IS NULL").await;
    assert_eq!(none, "true");
}

#[tokio::test]
async fn a_database_of_this_program_is_no_source() {
    let (ours, other) = (TestDatabase::new().await, TestDatabase::new().await);
    let outcome = copy(&other, &ours, &[]).await;
    assert!(outcome.told.contains("use backup and restore"), "{}", outcome.told);
    outcome.expect(1);
}

#[tokio::test]
async fn ids_uuids_times_and_amounts_are_the_same() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(0);
    for query in [
        "SELECT concat_ws(' ', id, name, slug, uuid, is_active, created_at, updated_at)
         FROM api_tenant ORDER BY id",
        "SELECT concat_ws(' ', id, username, email, role, tenant_id, birth_date, date_joined,
            last_login, password_updated, NULLIF(bio, '')) FROM api_user ORDER BY id",
        "SELECT concat_ws(' ', id, user_id, task, completed, timestamp, updated)
         FROM api_todo ORDER BY id",
        "SELECT concat_ws(' ', id, actor_id, target_id, action, details, timestamp)
         FROM api_auditlog ORDER BY id",
        "SELECT concat_ws(' ', id, plan_id, amount, interval, trial_period_days, created_at)
         FROM payment_planpricing ORDER BY id",
        "SELECT concat_ws(' ', id, user_id, payment_gateway_id, status, total, transaction_id,
            metadata, created_at, modified_at) FROM payment_payment ORDER BY id",
        "SELECT concat_ws(' ', id, payment_id, event_type, data, created_at)
         FROM payment_paymentlog ORDER BY id",
    ] {
        assert_eq!(select(&ours, query).await, select(&site, query).await, "{query}");
    }
}

#[tokio::test]
async fn what_is_stored_in_another_form_is_reported() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    // The time zone of the session that converts is not the one of the values.
    run_sql(
        &site,
        "ALTER TABLE api_todo ALTER updated TYPE timestamp USING '2024-05-06 07:08:09.123456';
         ALTER DATABASE CURRENT_NAME SET TimeZone = 'Asia/Tokyo'"
            .replace("CURRENT_NAME", site.options().get_database().unwrap())
            .as_str(),
    )
    .await;
    let outcome = copy(&site, &ours, &[]).await.expect(0);
    let changed = |table, row, column| outcome.reported("changed", table, row, column);
    assert_eq!(changed("api_tenant", "1", "url"), ["empty text is stored as NULL"]);
    assert_eq!(
        select_one(&ours, "SELECT email FROM api_tenant WHERE id = 1 AND url IS NULL").await,
        "Office@hill.example"
    );
    assert_eq!(changed("api_tenant", "1", "email"), ["the domain is stored in lower case"]);
    assert_eq!(changed("api_todo", "1", "updated"), ["a time without zone is read as UTC"]);
    let updated = "SELECT updated = '2024-05-06 07:08:09.123456Z' FROM api_todo WHERE id = 1";
    assert_eq!(select_one(&ours, updated).await, "true");
    assert_eq!(changed("payment_planpricing", "1", "currency"), ["the code is stored in capitals"]);
    let said = "api_todo.updated: a time without zone is read as UTC (3 rows)";
    assert!(outcome.said.contains(said), "{}", outcome.said);
}

#[tokio::test]
async fn new_rows_are_numbered_behind_all_that_django_ever_had() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    run_sql(&site, "SELECT setval(pg_get_serial_sequence('api_todo', 'id'), 700)").await;
    copy(&site, &ours, &[]).await.expect(0);
    let todo = "INSERT INTO api_todo (user_id, task) VALUES (1, 'next') RETURNING id";
    let mut connection = connect(&ours).await;
    let id: i32 = sqlx::query_scalar(todo).fetch_one(&mut connection).await.unwrap();
    assert_eq!(id, 701);
    let tenant = "INSERT INTO api_tenant (name, slug, uuid)
        VALUES ('n', 'n', gen_random_uuid()) RETURNING id";
    let id: i32 = sqlx::query_scalar(tenant).fetch_one(&mut connection).await.unwrap();
    assert_eq!(id, 3);
}

#[tokio::test]
async fn secrets_of_gateways_are_sealed() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(0);
    let config = select_one(&ours, "SELECT config FROM payment_paymentgatewayconfig").await;
    assert!(config.contains("sealed") && config.contains("live"), "{config}");
    assert!(!config.contains("sk_live_clear"), "{config}");
    assert_eq!(
        outcome.reported("changed", "payment_paymentgatewayconfig", "1", "config"),
        ["secrets are stored sealed"]
    );
    let all = format!("{:?}{}{}", outcome.report, outcome.said, outcome.told);
    for secret in ["sk_live_clear", "pbkdf2", "argon2"] {
        assert!(!all.contains(secret), "{secret} is told");
    }
}

#[tokio::test]
async fn what_has_no_place_here_is_named() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    let outcome = copy(&site, &ours, &[]).await.expect(0);
    let line = outcome.said.lines().find(|line| line.starts_with("not taken over")).unwrap();
    for left in ["api_user.is_staff", "api_user.is_superuser", "auth_group", "django_migrations"] {
        assert!(line.contains(left), "{line}");
    }
}

#[tokio::test]
async fn a_second_copy_is_refused_and_changes_nothing() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    copy(&site, &ours, &[]).await.expect(0);
    let outcome = copy(&site, &ours, &[]).await.expect(1);
    assert!(outcome.told.contains("the database has rows already"), "{}", outcome.told);
    assert_eq!(count(&ours, "api_user").await, count(&site, "api_user").await);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    let from = program::url(&site);
    let arguments = ["import", "django", "--from", from.as_str(), "--dry-run"];
    let outcome = program::run(&ours, &arguments, &[]).await.expect(0);
    assert!(outcome.said.contains("every row fits; nothing was changed"), "{}", outcome.said);
    assert!(!outcome.has_made_a_key_file());
    for (_, own) in TABLES {
        assert_eq!(count(&ours, own).await, 0, "{own}");
    }
    let next = "SELECT nextval(pg_get_serial_sequence('api_user', 'id'))";
    assert_eq!(select_one(&ours, next).await, "1");
}

#[tokio::test]
async fn a_database_that_is_not_migrated_is_refused() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::empty().await;
    let outcome = copy(&site, &ours, &[]).await.expect(1);
    assert!(outcome.told.contains("wiwebb migrate up"), "{}", outcome.told);
}

#[tokio::test]
async fn what_is_not_djangos_is_refused_with_all_that_it_lacks() {
    let Some(site) = site().await else { return };
    let ours = TestDatabase::new().await;
    run_sql(
        &site,
        "ALTER TABLE api_tenant DROP slug; DROP TABLE payment_paymentlog;
         ALTER TABLE payment_plan DROP stripe_product_id",
    )
    .await;
    let outcome = copy(&site, &ours, &[]).await.expect(1);
    for lacking in ["api_tenant.slug", "payment_paymentlog"] {
        assert!(outcome.told.contains(lacking), "{}", outcome.told);
    }
    // It may be missing: no value is a value for it.
    assert!(!outcome.told.contains("stripe_product_id"), "{}", outcome.told);
}

#[tokio::test]
async fn the_place_to_take_rows_from_is_named_exactly_once() {
    let ours = TestDatabase::new().await;
    let from = program::url(&ours);
    wiwebb(&ours, &["import", "django"]).await.expect(2);
    wiwebb(&ours, &["import", "django", "--in-place", "--from", &from]).await.expect(2);
    wiwebb(&ours, &["import", "django", "--set-aside", "--from", &from]).await.expect(2);
    let wrong = wiwebb(&ours, &["import", "django", "--from", "postgres//u:pw@x/y"]).await;
    let wrong = wrong.expect(2);
    assert!(!wrong.told.contains("pw"), "{}", wrong.told);
}
