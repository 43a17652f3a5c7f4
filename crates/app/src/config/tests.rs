use std::io::Write;
use std::time::Duration;

use chrono_tz::Tz;

use super::*;

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let mut place = tempfile::NamedTempFile::new().unwrap();
    place.write_all(file.as_bytes()).unwrap();
    let environment = environment.iter().map(|(name, value)| (name.into(), value.into()));
    Config::load(Some(place.path()), environment)
}

fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
    load(file, environment).unwrap_err().to_string()
}

#[test]
fn without_any_setting_the_defaults_of_the_contract_hold() {
    let config = load("", &[]).unwrap();
    assert!(config.database_url.is_none());
    assert_eq!(config.bind.to_string(), "127.0.0.1:8000");
    assert_eq!(config.data_dir, Path::new("./.wiwebb"));
    assert_eq!(config.token_life(), None);
    assert!(matches!(config.mail, MailRoute::Console));
    let rates = [config.login_rate, config.user_rate, config.anon_rate];
    assert_eq!(rates.map(values::show_rate), ["5/min", "1000/min", "100/min"]);
    let by_account = [config.edge.account_rate, config.edge.reset_rate];
    assert_eq!(by_account.map(values::show_rate), ["300/hour", "10/hour"]);
    assert_eq!(config.edge.trusted_proxies, wiwebb_http::TrustedProxies::default());
    assert_eq!(config.edge.hsts, None);
    assert_eq!((config.edge.capacity.in_all, config.edge.capacity.by_address), (10_000, 1_000));
    assert!(config.dummy_gateway);
    assert!(config.stripe_secret_key.is_none() && config.stripe_webhook_secret.is_none());
    assert_eq!(config.stripe_api_base, None);
    assert!(config.cors_origins.is_empty());
    assert_eq!(config.time_zone, Tz::UTC);
    assert_eq!(config.http().client_profile, ClientProfile::Default);
    assert_eq!(config.grace(), chrono::Duration::days(7));
    assert!(config.secret_key.is_none());
    assert_eq!(config.db_pool, 10);
}

#[test]
fn an_account_is_locked_after_ten_failed_logins_or_another_number_or_never() {
    let after = |settings: &[(&str, &str)]| {
        let config = load("", settings).unwrap();
        config.lockout().map(wiwebb_domain::lockout::Lockout::first)
    };
    assert_eq!(after(&[]), Some(10));
    assert_eq!(after(&[("WIWEBB_LOCKOUT_AFTER", "1")]), Some(1));
    assert_eq!(after(&[("WIWEBB_LOCKOUT_AFTER", "1000")]), Some(1000));
    assert_eq!(after(&[("WIWEBB_LOCKOUT_AFTER", "off")]), None);
}

#[test]
fn the_file_wins_over_defaults_and_the_environment_over_the_file() {
    let file = "bind = \"0.0.0.0:80\"\ndb_pool = 3\nlogin_rate = \"off\"\ntoken_ttl_days = 7";
    let config = load(file, &[("WIWEBB_BIND", "[::1]:81"), ("WIWEBB_DB_POOL", "")]).unwrap();
    assert_eq!(config.bind.to_string(), "[::1]:81");
    assert_eq!(config.db_pool, 3, "an empty variable is not set");
    assert!(config.login_rate.is_none());
    assert_eq!(config.token_life(), Some(chrono::Duration::days(7)));
}

#[test]
fn the_dummy_gateway_is_switched_by_words_or_by_truth_values() {
    let in_file = |value: &str| load(&format!("dummy_gateway = {value}"), &[]);
    for (value, expected) in [("true", true), ("false", false), ("'on'", true), ("'off'", false)] {
        assert_eq!(in_file(value).unwrap().dummy_gateway, expected, "{value}");
    }
    let off = load("dummy_gateway = true", &[("WIWEBB_DUMMY_GATEWAY", "off")]).unwrap();
    assert!(!off.dummy_gateway);
    let report = off.to_toml().unwrap();
    assert!(report.contains("dummy_gateway = false"), "{report}");
}

#[test]
fn a_stripe_key_switches_the_dummy_gateway_off_unless_it_is_asked_for() {
    let key = ("STRIPE_SECRET_KEY", "sk_live_1");
    for (file, environment, expected) in [
        ("", vec![key], false),
        ("", vec![key, ("WIWEBB_DUMMY_GATEWAY", "on")], true),
        ("dummy_gateway = true", vec![key], true),
        ("stripe_secret_key = \"sk_live_1\"", vec![], false),
        ("", vec![("WIWEBB_DUMMY_GATEWAY", "off")], false),
        ("", vec![("STRIPE_SECRET_KEY", "")], true),
    ] {
        let config = load(file, &environment).unwrap();
        assert_eq!(config.dummy_gateway, expected, "{file} {environment:?}");
        assert!(config.to_toml().unwrap().contains(&format!("dummy_gateway = {expected}")));
    }
}

#[test]
fn a_day_begins_in_the_time_zone_of_the_settings() {
    let config = load("", &[("WIWEBB_TIME_ZONE", "Europe/Istanbul")]).unwrap();
    assert_eq!(config.time_zone, Tz::Europe__Istanbul);
    for unknown in ["Europe/Atlantis", "+03:00"] {
        let message = refusal("", &[("WIWEBB_TIME_ZONE", unknown)]);
        assert!(message.contains(unknown) && message.contains("IANA"), "{message}");
    }
}

#[test]
fn clients_that_ask_for_no_profile_have_that_of_the_settings() {
    let config = load("client_profile = \"compat\"", &[]).unwrap();
    assert_eq!(config.http().client_profile, ClientProfile::Compat);
    let report = config.to_toml().unwrap();
    assert!(report.contains("client_profile = \"compat\""), "{report}");
    let message = refusal("", &[("WIWEBB_CLIENT_PROFILE", "mobile")]);
    assert!(message.contains("mobile") && message.contains("default or compat"), "{message}");
}

#[test]
fn grace_is_none_at_all_up_to_a_year() {
    for days in [0, 365] {
        let config = load(&format!("grace_days = {days}"), &[]).unwrap();
        assert_eq!(config.grace(), chrono::Duration::days(days));
    }
}

#[test]
fn a_pooler_a_direct_address_and_a_replica_are_told_without_their_passwords() {
    let none = load("", &[]).unwrap();
    assert!(!none.sharing.pgbouncer && none.sharing.direct_url.is_none());
    assert!(none.sharing.replica_url.is_none());
    assert_eq!(none.sharing.replica_lag.as_secs(), 30);
    let file = "pgbouncer = true\ndatabase_replica_lag = 5";
    let urls = [
        ("WIWEBB_DATABASE_DIRECT_URL", "postgres://w:hidden@a/w"),
        ("WIWEBB_DATABASE_REPLICA_URL", "postgres://w:hidden@b/w"),
    ];
    let report = load(file, &urls).unwrap().to_toml().unwrap();
    for line in [
        "pgbouncer = true",
        "database_direct_url = \"postgres://w:***@a/w\"",
        "database_replica_url = \"postgres://w:***@b/w\"",
        "database_replica_lag = 5",
    ] {
        assert!(report.contains(line), "{report}");
    }
}

#[test]
fn links_begin_with_the_public_url_else_with_the_address_listened_on() {
    let address = "127.0.0.1:8123".parse().unwrap();
    assert_eq!(load("", &[]).unwrap().public_url(address), "http://127.0.0.1:8123");
    let set = load("public_url = \"https://wifi.example/\"", &[]).unwrap();
    assert_eq!(set.public_url(address), "https://wifi.example");
}

#[test]
fn variables_are_kept_as_they_were_and_the_file_is_none_of_them() {
    let environment = [("STRIPE_SECRET_KEY_OF_SHOP", "sk_live_2"), ("STRIPE_EMPTY", "")];
    let kept = load("stripe_secret_key = \"sk_live_1\"", &environment).unwrap().environment;
    assert_eq!(kept.get("STRIPE_SECRET_KEY_OF_SHOP"), Some("sk_live_2"));
    assert_eq!(kept.get("STRIPE_EMPTY"), None);
    assert_eq!(kept.get("STRIPE_SECRET_KEY"), None);
}

#[test]
fn origins_are_a_list_in_the_file_and_comma_separated_in_the_environment() {
    let file = "cors_origins = [\"https://a.example\", \"https://b.example\"]";
    assert_eq!(load(file, &[]).unwrap().cors_origins.len(), 2);
    let one = load(file, &[("WIWEBB_CORS_ORIGINS", "http://localhost:3000")]).unwrap();
    assert_eq!(one.cors_origins, ["http://localhost:3000"]);
    assert!(refusal("bind = [\"0.0.0.0:80\"]", &[]).contains("WIWEBB_BIND"));
}

#[test]
fn trusted_proxies_are_a_list_in_the_file_and_comma_separated_in_the_environment() {
    let file = "trusted_proxies = [\"10.0.0.0/8\", \"::1\"]";
    let ranges = |config: &Config| config.edge.trusted_proxies.ranges().collect::<Vec<_>>();
    assert_eq!(ranges(&load(file, &[]).unwrap()), ["10.0.0.0/8", "::1/128"]);
    let one = load(file, &[("WIWEBB_TRUSTED_PROXIES", "127.0.0.1, 192.168.0.0/16")]).unwrap();
    assert_eq!(ranges(&one), ["127.0.0.1/32", "192.168.0.0/16"]);
}

#[test]
fn https_is_kept_to_for_a_number_of_seconds() {
    let life = |value: &str| load(&format!("hsts = {value}"), &[]).unwrap().edge.hsts;
    assert_eq!(life("31536000"), Some(Duration::from_hours(365 * 24)));
    assert_eq!(life("0"), Some(Duration::ZERO));
    assert_eq!(life("'off'"), None);
}

#[test]
fn an_address_never_has_more_connections_than_there_are() {
    let config = load("max_connections = 50", &[]).unwrap();
    assert_eq!((config.edge.capacity.in_all, config.edge.capacity.by_address), (50, 50));
}

#[test]
fn a_password_that_looks_like_a_number_stays_the_text_it_is() {
    let environment = [
        ("WIWEBB_SUPERADMIN_USERNAME", "true"),
        ("WIWEBB_SUPERADMIN_EMAIL", "root@example.org"),
        ("WIWEBB_SUPERADMIN_PASSWORD", "007"),
    ];
    let superadmin = load("", &environment).unwrap().superadmin.unwrap();
    assert_eq!(superadmin.username, "true");
    assert_eq!(secrecy::ExposeSecret::expose_secret(&superadmin.password), "007");
}

#[test]
fn an_unknown_key_of_the_file_is_named() {
    let message = refusal("bnid = \"0.0.0.0:80\"", &[]);
    assert!(message.contains("`bnid`") && message.contains("bind"), "{message}");
    assert!(refusal("[server]\nbind = \"0.0.0.0:80\"", &[]).contains("`server`"));
}

#[test]
fn a_bad_value_is_refused_with_its_setting_its_origin_and_the_form() {
    let message = refusal("", &[("WIWEBB_LOGIN_RATE", "five a minute")]);
    for part in ["WIWEBB_LOGIN_RATE", "login_rate", "environment", "five a minute", "5/min"] {
        assert!(message.contains(part), "{part} in {message}");
    }
    for (name, value) in [
        ("WIWEBB_BIND", "localhost"),
        ("WIWEBB_LOCKOUT_AFTER", "0"),
        ("WIWEBB_LOCKOUT_AFTER", "1001"),
        ("WIWEBB_LOCKOUT_AFTER", "on"),
        ("WIWEBB_TOKEN_TTL_DAYS", "-1"),
        ("WIWEBB_TOKEN_TTL_DAYS", "36501"),
        ("WIWEBB_DUMMY_GATEWAY", "maybe"),
        ("WIWEBB_MAIL", "carrier pigeon"),
        ("WIWEBB_MAIL_FROM", "nobody"),
        ("WIWEBB_PUBLIC_URL", "example.org"),
        ("WIWEBB_GRACE_DAYS", "366"),
        ("WIWEBB_GRACE_DAYS", "-1"),
        ("WIWEBB_GRACE_DAYS", "a week"),
        ("WIWEBB_CORS_ORIGINS", "*"),
        ("WIWEBB_LOG", "wiwebb=loud"),
        ("WIWEBB_LOG_FORMAT", "xml"),
        ("WIWEBB_METRICS", "maybe"),
        ("WIWEBB_METRICS_BIND", "localhost"),
        ("WIWEBB_STOP_DELAY", "301"),
        ("WIWEBB_DB_POOL", "0"),
        ("WIWEBB_PGBOUNCER", "transaction"),
        ("WIWEBB_DATABASE_REPLICA_LAG", "0"),
        ("WIWEBB_DATABASE_REPLICA_LAG", "3601"),
        ("WIWEBB_ACCOUNT_RATE", "many"),
        ("WIWEBB_RESET_RATE", "10"),
        ("WIWEBB_TRUSTED_PROXIES", "proxy.example"),
        ("WIWEBB_HSTS", "a year"),
        ("WIWEBB_HSTS", "63072001"),
        ("WIWEBB_MAX_CONNECTIONS", "0"),
        ("DATABASE_URL", "mysql://a:b@c/d"),
    ] {
        let message = refusal("", &[(name, value)]);
        assert!(message.contains(name), "{name} in {message}");
    }
}

#[test]
fn a_bad_secret_is_refused_without_being_shown() {
    for name in [
        "DATABASE_URL",
        "WIWEBB_MAIL",
        "STRIPE_SECRET_KEY",
        "STRIPE_WEBHOOK_SECRET",
        "STRIPE_API_BASE",
        "WIWEBB_SECRET_KEY",
    ] {
        let message = refusal("", &[(name, "http://u:hunter2 @h")]);
        assert!(message.contains(name) && !message.contains("hunter2"), "{message}");
    }
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_an_error() {
    let none = Config::load(Some(Path::new("/nonexistent/wiwebb.toml")), []);
    assert!(none.unwrap_err().to_string().contains("/nonexistent/wiwebb.toml"));
    let told = refusal("bind = \"127.0.0.1:0\"\nsecret_key = \"topsecret", &[]);
    assert!(told.contains("not valid TOML: line 2: "), "{told}");
    assert!(!told.contains("topsecret"), "{told}");
}

#[test]
fn a_superadmin_needs_all_three_settings() {
    let message = refusal("superadmin_username = \"root\"", &[]);
    assert!(
        message.contains("missing: WIWEBB_SUPERADMIN_EMAIL, WIWEBB_SUPERADMIN_PASSWORD"),
        "{message}"
    );
}

#[test]
fn secrets_show_neither_in_the_report_nor_in_the_debug_form() {
    let environment = [
        ("DATABASE_URL", "postgres://wiwebb:hunter2@db.example/wiwebb"),
        ("WIWEBB_SUPERADMIN_USERNAME", "root"),
        ("WIWEBB_SUPERADMIN_EMAIL", "root@example.org"),
        ("WIWEBB_SUPERADMIN_PASSWORD", "hunter2"),
        ("WIWEBB_MAIL", "smtps://wiwebb:hunter2@mail.example"),
        ("STRIPE_SECRET_KEY", "sk_live_hunter2"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_hunter2,whsec_hunter22"),
        ("WIWEBB_SECRET_KEY", "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMjIyMjI="),
        ("OTHER_SECRET", "hunter2"),
    ];
    let config = load("", &environment).unwrap();
    let report = config.to_toml().unwrap();
    assert!(
        report.contains("database_url = \"postgres://wiwebb:***@db.example/wiwebb\""),
        "{report}"
    );
    assert!(report.contains("mail = \"smtps://wiwebb:***@mail.example\""), "{report}");
    for hidden in ["stripe_secret_key", "stripe_webhook_secret", "secret_key"] {
        assert!(report.contains(&format!("\n{hidden} = \"***\"\n")), "{report}");
    }
    for shown in [report, format!("{config:?}")] {
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVy"), "{shown}");
        assert!(!shown.contains("104, 117, 110"), "{shown}");
    }
}

#[test]
fn the_report_is_a_configuration_file_that_says_the_same() {
    let file = "data_dir = \"/srv/w\"\nanon_rate = \"10/s\"\nhsts = 60\n\
                trusted_proxies = [\"10.0.0.0/8\"]\ncors_origins = [\"https://a.example\"]\n\
                stripe_api_base = \"http://127.0.0.1:1\"\ntime_zone = \"Asia/Tokyo\"\ngrace_days = 3";
    let report = load(file, &[]).unwrap().to_toml().unwrap();
    assert_eq!(load(&report, &[]).unwrap().to_toml().unwrap(), report);
}

#[test]
fn figures_are_on_the_address_of_the_api_only_if_asked_for_and_without_one_of_their_own() {
    let (on, bind) = (("WIWEBB_METRICS", "on"), ("WIWEBB_METRICS_BIND", "127.0.0.1:9100"));
    for (settings, expected) in
        [(vec![], false), (vec![on], true), (vec![bind], false), (vec![on, bind], false)]
    {
        let config = load("", &settings).unwrap();
        assert_eq!(config.http().metrics, expected, "{settings:?}");
        let report = config.to_toml().unwrap();
        assert_eq!(report.contains("metrics_bind = \"127.0.0.1:9100\""), settings.contains(&bind));
    }
}
