//! Commands that tell an operator how an installation is.

use std::fs;

use wiwebb_tests::TestDatabase;

use super::home::{Home, stderr};

#[tokio::test]
async fn health_says_whether_the_server_answers() {
    let home = Home::on(TestDatabase::new().await.options());
    let server = home.serve().await;
    for path in ["", "/healthz", "/readyz"] {
        let url = format!("{}{path}", server.base);
        let told = home.succeed(&["health", "--url", &url]).await;
        assert!(told.trim_end().ends_with(": 200"), "{told}");
    }
    let wrong = format!("{}/nowhere", server.base);
    let told = home.fail(&["health", "--url", &wrong]).await;
    assert!(told.contains("404"), "{told}");

    let bind = server.base.strip_prefix("http://").unwrap().to_owned();
    let asked = home.command(&["health"]).env("WIWEBB_BIND", &bind).output().await.unwrap();
    assert_eq!(asked.status.code(), Some(0), "{}", stderr(&asked));
    server.kill().await;
    let asked = home.command(&["health"]).env("WIWEBB_BIND", &bind).output().await.unwrap();
    assert_eq!(asked.status.code(), Some(1));

    let output = home.run(&["health", "--url", "https://example.org/"]).await;
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}

/// The verdict about a subject.
fn verdict<'a>(report: &'a str, subject: &str) -> &'a str {
    let line =
        report.lines().find(|line| line.split_whitespace().skip(1).any(|word| word == subject));
    line.unwrap_or_else(|| panic!("{subject}: {report}")).split_whitespace().next().unwrap()
}

#[tokio::test]
async fn a_check_tells_what_is_wrong_and_changes_nothing() {
    let home = Home::on(TestDatabase::new().await.options());
    let report = home.succeed(&["check"]).await;
    for subject in ["settings", "database", "migrations", "clock", "pg_dump", "key"] {
        assert_eq!(verdict(&report, subject), "ok", "{report}");
    }
    assert_eq!(verdict(&report, "mail"), "warn", "{report}");
    assert!(!home.data_dir().exists());

    fs::create_dir_all(home.data_dir()).unwrap();
    fs::write(home.data_dir().join("secret.key"), "half a key").unwrap();
    let output = home.run(&["check"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(verdict(&String::from_utf8(output.stdout).unwrap(), "key"), "FAIL");

    home.succeed(&["migrate", "down"]).await;
    let output = home.run(&["check"]).await;
    assert_eq!(verdict(&String::from_utf8(output.stdout).unwrap(), "migrations"), "warn");
}

#[tokio::test]
async fn a_database_that_does_not_answer_fails_the_check() {
    let home = Home::private();
    let nowhere = "postgres://wiwebb:hunter2@127.0.0.1:1/wiwebb";
    let output = home.command(&["check"]).env("DATABASE_URL", nowhere).output().await.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let complaint = stderr(&output);
    let report = String::from_utf8(output.stdout).unwrap();
    assert_eq!(verdict(&report, "database"), "FAIL");
    assert!(!report.contains("hunter2") && !complaint.contains("hunter2"), "{report}");
}

#[tokio::test]
async fn a_check_makes_no_private_database_and_looks_at_one_beside_its_server() {
    let home = Home::private();
    let report = home.succeed(&["check"]).await;
    assert_eq!(verdict(&report, "database"), "ok", "{report}");
    assert!(!home.data_dir().exists());

    let _server = home.serve().await;
    let report = home.succeed(&["check"]).await;
    assert_eq!(verdict(&report, "migrations"), "ok", "{report}");
}

#[tokio::test]
async fn a_backup_of_nothing_is_refused_and_removes_none_of_something() {
    let home = Home::on(TestDatabase::new().await.options());
    home.succeed(&["backup"]).await;
    let folder = home.data_dir().join("backups");
    let made = fs::read_dir(&folder).unwrap().count();

    let into = ["backup", "--keep", "1", "--to", folder.to_str().unwrap()];
    let empty = Home::on(TestDatabase::empty().await.options());
    let told = empty.fail(&into).await;
    assert!(told.contains("nothing of WiWebb to back up"), "{told}");
    let private = Home::private();
    let told = private.fail(&into).await;
    assert!(told.contains("there is no database in"), "{told}");
    assert!(!private.data_dir().join("cluster").exists());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), made);
}

#[tokio::test]
async fn a_restore_looks_at_its_file_before_it_makes_a_database() {
    let home = Home::private();
    let told = home.fail(&["restore", "nowhere.dump"]).await;
    assert!(told.contains("cannot read nowhere.dump"), "{told}");
    let told = home.fail(&["restore", "/"]).await;
    assert!(told.contains("/ is no file"), "{told}");
    assert!(!home.data_dir().join("cluster").exists());
}
