//! `wiwebb import django --in-place`

use wiwebb_tests::TestDatabase;

use crate::catalog;
use crate::django::{TABLES, count, run_sql, select_one, site, site_with_misfits};
use crate::program::{adopt, wiwebb};

/// The way back, as the operator reads it.
const GUIDE: &str = include_str!("../../../docs/moving-from-django.md");

#[tokio::test]
async fn the_schema_is_afterwards_the_one_of_a_new_database() {
    let Some(site) = site().await else { return };
    adopt(&site, &[]).await.expect(0);
    let fresh = TestDatabase::new().await;
    assert_eq!(catalog::of(&site).await, catalog::of(&fresh).await);
    assert_eq!(catalog::steps(&site).await, catalog::steps(&fresh).await);
    let outcome = wiwebb(&site, &["migrate", "up"]).await.expect(0);
    assert!(outcome.said.contains("nothing to do"), "{}", outcome.said);
}

#[tokio::test]
async fn every_row_is_taken_over_and_djangos_tables_are_kept() {
    let Some(site) = site().await else { return };
    adopt(&site, &[]).await.expect(0);
    for (theirs, own) in TABLES {
        let rows = count(&site, &format!("django.{theirs}")).await;
        assert!(rows > 0, "{theirs} has no sample");
        assert_eq!(count(&site, own).await, rows, "{own}");
    }
    assert!(count(&site, "django.django_migrations").await > 0);
}

#[tokio::test]
async fn a_database_is_adopted_once() {
    let Some(site) = site().await else { return };
    adopt(&site, &[]).await.expect(0);
    let outcome = adopt(&site, &[]).await.expect(1);
    assert!(outcome.told.contains("belongs to this program already"), "{}", outcome.told);
}

#[tokio::test]
async fn a_server_that_is_started_too_early_names_the_command_and_is_in_nobodys_way() {
    let Some(site) = site().await else { return };
    let before = catalog::of(&site).await;
    for command in [["migrate", "up"].as_slice(), &["serve"]] {
        let outcome = wiwebb(&site, command).await.expect(1);
        assert!(outcome.told.contains("wiwebb import django"), "{}", outcome.told);
    }
    assert_eq!(catalog::of(&site).await, before);
}

#[tokio::test]
async fn a_row_that_does_not_fit_leaves_the_database_as_it_is() {
    let Some(site) = site_with_misfits().await else { return };
    let before = catalog::of(&site).await;
    let outcome = adopt(&site, &[]).await.expect(1);
    assert!(outcome.told.contains("rows do not fit"), "{}", outcome.told);
    assert!(!outcome.report.is_empty());
    assert_eq!(catalog::of(&site).await, before);
    let schemas = "SELECT to_regnamespace('django') IS NULL";
    assert_eq!(select_one(&site, schemas).await, "true");
}

#[tokio::test]
async fn set_aside_such_a_row_stops_nothing_and_none_is_lost() {
    let Some(site) = site_with_misfits().await else { return };
    let outcome = adopt(&site, &["--set-aside"]).await.expect(3);
    assert!(outcome.told.contains("in the table import_refused"), "{}", outcome.told);
    for (theirs, own) in TABLES {
        let refused =
            format!("(SELECT FROM import_refused WHERE table_name = '{theirs}') AS refused");
        let kept = count(&site, own).await + count(&site, &refused).await;
        assert_eq!(kept, count(&site, &format!("django.{theirs}")).await, "{own}");
    }
}

#[tokio::test]
async fn a_dry_run_locks_nobody_out_and_changes_nothing() {
    let Some(site) = site_with_misfits().await else { return };
    let before = catalog::of(&site).await;
    // Somebody works on: a dry run that waited for a lock would never end.
    let mut busy = crate::django::connect(&site).await;
    sqlx::raw_sql("BEGIN; UPDATE api_user SET last_login = now()")
        .execute(&mut busy)
        .await
        .unwrap();
    let outcome = adopt(&site, &["--dry-run"]).await.expect(3);
    assert!(outcome.told.contains("rows do not fit; nothing was changed"), "{}", outcome.told);
    assert_eq!(catalog::of(&site).await, before);
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(django|wiwebb)'";
    assert_eq!(select_one(&site, schemas).await, "0");
}

#[tokio::test]
async fn a_dry_run_and_the_run_itself_report_the_same() {
    let Some(site) = site_with_misfits().await else { return };
    let tried = adopt(&site, &["--dry-run"]).await.expect(3);
    let done = adopt(&site, &["--set-aside"]).await.expect(3);
    assert_eq!(tried.report, done.report);
}

#[tokio::test]
async fn what_would_be_lost_or_go_on_to_use_the_old_tables_is_named_and_nothing_changes() {
    let Some(site) = site().await else { return };
    run_sql(
        &site,
        "CREATE TABLE shop_order (id int, user_id bigint REFERENCES api_user (id));
         CREATE VIEW active_people AS SELECT * FROM api_user WHERE is_active;
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER note_todo BEFORE INSERT ON api_todo FOR EACH ROW EXECUTE FUNCTION note();
         ALTER TABLE api_tenant ENABLE ROW LEVEL SECURITY",
    )
    .await;
    let before = catalog::of(&site).await;
    let outcome = adopt(&site, &[]).await.expect(1);
    for obstacle in [
        "the table shop_order refers to api_user",
        "the view or rule active_people reads api_user",
        "the trigger note_todo acts on api_todo",
        "api_tenant is no plain table of its own",
    ] {
        assert!(outcome.told.contains(obstacle), "{obstacle}: {}", outcome.told);
    }
    assert_eq!(catalog::of(&site).await, before);
}

#[tokio::test]
async fn a_schema_of_the_name_is_not_written_into() {
    let Some(site) = site().await else { return };
    run_sql(&site, "CREATE SCHEMA django").await;
    let outcome = adopt(&site, &[]).await.expect(1);
    assert!(outcome.told.contains("the schema django exists already"), "{}", outcome.told);
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_database_as_it_is() {
    let Some(site) = site().await else { return };
    // A name that a migration needs.
    run_sql(&site, "CREATE TABLE network_session (id int)").await;
    let before = catalog::of(&site).await;
    let outcome = adopt(&site, &[]).await.expect(1);
    assert!(outcome.told.contains("network_session"), "{}", outcome.told);
    assert_eq!(catalog::of(&site).await, before);
}

#[tokio::test]
async fn the_way_back_of_the_guide_leads_to_what_django_had() {
    let Some(site) = site_with_misfits().await else { return };
    let (before, users) = (catalog::of(&site).await, count(&site, "api_user").await);
    adopt(&site, &["--set-aside"]).await.expect(3);
    let (_, way_back) = GUIDE.split_once("## Back to Django").unwrap();
    let (_, sql) = way_back.split_once("```sql\n").unwrap();
    let (sql, _) = sql.split_once("```").unwrap();
    let down = "wiwebb migrate down --steps 1000";
    assert!(way_back.contains(down));
    let arguments: Vec<&str> = down.split(' ').skip(1).collect();
    wiwebb(&site, &arguments).await.expect(0);
    run_sql(&site, sql).await;
    assert_eq!(catalog::of(&site).await, before);
    assert_eq!(count(&site, "api_user").await, users);
}
