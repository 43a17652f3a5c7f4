//! How long a server takes for a page of the console, with 100 000 users and what belongs to them in its
//! database.
//!
//! ```text
//! cargo bench -p wiwebb-tests --bench pages
//! ```
//!
//! Each page is asked for over HTTP, one request at a time, from the request's first byte to the
//! answer's last. Server, client and a throw-away PostgreSQL share the machine. `--quick` runs it on
//! little data, which shows that it works; so does `cargo test --bench pages`.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use wiwebb_tests::{NO_RATES, TestApp, Visitor};

/// The password of all demo logins.
const PASSWORD: &str = "wiwebb-demo-2026";

/// Somebody whose tenant is as small as the demo makes them, with the same password.
const SMALL_OWNER: &str = "small-owner";

/// Makes a fifth of the users belong to one tenant, that of the demo's owner, and another owner known.
const LARGE_AND_SMALL: &str = "
    UPDATE api_user SET tenant_id = demo.tenant_id FROM api_user AS demo
    WHERE demo.username = 'demo-owner' AND api_user.id % 5 = 0 AND api_user.role = 'subscriber';
    UPDATE api_user SET username = 'small-owner', password = demo.password FROM api_user AS demo
    WHERE demo.username = 'demo-owner' AND api_user.id = (
        SELECT min(id) FROM api_user
        WHERE role = 'tenant_owner' AND is_active AND tenant_id <> demo.tenant_id
    )";

/// The lists, and what people look at most. Each list is asked for in every order it offers too.
const PAGES: &[&str] = &[
    "/admin/users/",
    "/admin/users/?page_size=50",
    "/admin/users/?role=tenant_owner",
    "/admin/users/?is_active=false",
    "/admin/tenants/",
    "/admin/payments/",
    "/admin/payments/?status=confirmed",
    "/admin/payment-logs/",
    "/admin/audit-logs/",
    "/admin/webhook-events/",
    "/admin/plans/",
    "/admin/pricing/",
    "/admin/gateways/",
    "/admin/service-keys/",
    "/admin/todos/",
    "/admin/",
    "/account/",
    "/account/payments/",
    "/account/plans/",
];

/// The lists that most can be searched in.
const SEARCHED: &[&str] =
    &["/admin/users/", "/admin/payments/", "/admin/payment-logs/", "/admin/audit-logs/"];

/// What is searched for: what all rows have, a first name that one person in thirty has and that comes
/// late in the order by name, one event in a hundred, one login, and what nobody has.
const WORDS: &[&str] =
    &["e", "yusuf", "yusuf weber", "payment.error", "demo-owner", "nobody-at-all"];

/// How much there is, and how often a page is asked for.
struct Size {
    users: u32,
    tenants: u32,
    requests: usize,
}

const WHOLE: Size = Size { users: 100_000, tenants: 1_000, requests: 200 };
const QUICK: Size = Size { users: 200, tenants: 5, requests: 3 };

#[tokio::main]
async fn main() {
    let is_given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
    let size = if is_given("--bench") && !is_given("--quick") { WHOLE } else { QUICK };
    let app = TestApp::configured(&NO_RATES).await;
    fill(&app, &size).await;
    println!("{} users, {} tenants; milliseconds for a page", size.users, size.tenants);
    println!("{:>8} {:>8} {:>8}", "median", "99 %", "kB");
    for (who, login) in [
        ("superadmin", "demo-superadmin"),
        ("owner of a fifth of the users", "demo-owner"),
        ("owner of a hundred users", SMALL_OWNER),
    ] {
        println!("{who}");
        let visitor = Visitor::signed_in_with(&app.base, login, PASSWORD).await;
        for path in PAGES {
            measure(&visitor, path, size.requests).await;
            for ordered in orderings(&visitor, path).await {
                measure(&visitor, &ordered, size.requests).await;
            }
        }
        for path in SEARCHED {
            for word in WORDS {
                let found = form_urlencoded::Serializer::new(String::new())
                    .append_pair("search", word)
                    .finish();
                measure(&visitor, &format!("{path}?{found}"), size.requests).await;
            }
            let searched = format!("{path}?search=e");
            let back =
                neighbour(&visitor, &neighbour(&visitor, &searched, "next").await, "prev").await;
            measure(&visitor, &back, size.requests).await;
        }
        let next = next_pages(&visitor, "/admin/users/", 40).await;
        measure(&visitor, &next, size.requests).await;
    }
    app.stop().await;
}

/// Demo data of this size, with the statistics that a database in use has.
async fn fill(app: &TestApp, size: &Size) {
    let url = app.database.options().to_url_lossy().to_string();
    let arguments = ["wiwebb", "demo", "--users", &size.users.to_string(), "--tenants"]
        .map(OsString::from)
        .into_iter()
        .chain([size.tenants.to_string().into()])
        .collect::<Vec<_>>();
    let environment = [("DATABASE_URL".into(), OsString::from(url))];
    let filled = std::thread::spawn(move || wiwebb::run(arguments, environment)).join().unwrap();
    assert_eq!(filled, ExitCode::SUCCESS, "the database was not filled");
    sqlx::raw_sql(LARGE_AND_SMALL).execute(&app.pool).await.unwrap();
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(&app.pool).await.unwrap();
}

/// The same list in every order that its page offers, both ways.
async fn orderings(visitor: &Visitor, path: &str) -> Vec<String> {
    if path.contains('?') {
        return Vec::new();
    }
    let page = visitor.open(path).await;
    let names = page.html.split("href=\"?ordering=").skip(1);
    let names = names.filter_map(|rest| rest.split('"').next());
    names
        .flat_map(|name| [format!("{path}?ordering={name}"), format!("{path}?ordering=-{name}")])
        .collect()
}

/// The address of the page so many pages behind the first.
async fn next_pages(visitor: &Visitor, path: &str, count: usize) -> String {
    let mut address = path.to_owned();
    for _ in 0..count {
        address = neighbour(visitor, &address, "next").await;
    }
    address
}

/// The address of the page behind one or in front of it, of itself where there is none.
async fn neighbour(visitor: &Visitor, address: &str, relation: &str) -> String {
    let page = visitor.open(address).await;
    let path = address.split('?').next().unwrap_or_default();
    match page.between(&format!("rel=\"{relation}\" href=\""), "\"") {
        Some(found) => format!("{path}{}", found.replace("&#38;", "&")),
        None => address.to_owned(),
    }
}

async fn measure(visitor: &Visitor, path: &str, requests: usize) {
    let mut times = Vec::with_capacity(requests);
    let mut bytes = 0;
    for _ in 0..requests {
        let started = Instant::now();
        let page = visitor.open(path).await;
        times.push(started.elapsed());
        if page.status == 403 {
            return;
        }
        bytes = page.expect(200).html.len();
    }
    times.sort_unstable();
    let at = |percent: usize| millis(times[(times.len() - 1) * percent / 100]);
    let shown = path.split("cursor=").next().unwrap_or(path);
    println!("{:>8.2} {:>8.2} {:>8.1}  {shown}", at(50), at(99), kilobytes(bytes));
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
fn kilobytes(bytes: usize) -> f64 {
    bytes as f64 / 1000.0
}
