//! What a page of users costs, by number and by cursor, in a small and in a large table.
//!
//! ```text
//! cargo bench -p wiwebb-persistence --bench list_pages
//! ```
//!
//! Prints medians of one run on a throw-away PostgreSQL. `LIST_PAGES_ROWS=1000,100000` chooses
//! other sizes.

#![allow(clippy::print_stdout, reason = "printing figures is what it is for")]

use std::error::Error;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use wiwebb_domain::access::{Role, Scope};
use wiwebb_domain::page::{
    Cursor, ListRequest, PageSize, Place, Position, SortValue, Toward, ascending, descending,
};
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::{NewUser, UserFilter, UserSort, UserView};
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, bulk, migrate, pool};

type Outcome<T> = Result<T, Box<dyn Error>>;

const REPETITIONS: usize = 31;
const CHUNK: usize = 5_000;

#[tokio::main]
async fn main() -> Outcome<()> {
    // `cargo test --benches` runs this too; there, small tables show that it works.
    let under_test = !std::env::args().any(|argument| argument == "--bench");
    let server = EmbeddedPostgres::start_throwaway().await?;
    println!("{:>9}  {:<34} {:>10} {:>10}", "rows", "page of 10 users", "median", "of that");
    for rows in sizes(under_test) {
        let name = format!("rows_{rows}");
        server.ensure_database(&name).await?;
        let pool = pool::open(server.connect_options(&name), &PoolConfig::default());
        migrate::up(&pool).await?;
        fill(&pool, rows).await?;
        measure(&pool, rows).await?;
        pool.close().await;
    }
    server.stop().await;
    Ok(())
}

fn sizes(under_test: bool) -> Vec<usize> {
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration")]
    let wanted = std::env::var("LIST_PAGES_ROWS").ok();
    let default = if under_test { "100" } else { "1000,1000000" };
    wanted.as_deref().unwrap_or(default).split(',').filter_map(|size| size.parse().ok()).collect()
}

async fn fill(pool: &PgPool, rows: usize) -> Outcome<()> {
    let names: Vec<usize> = (0..rows).collect();
    for chunk in names.chunks(CHUNK) {
        let users: Vec<NewUser> = chunk
            .iter()
            .map(|number| NewUser {
                role: Role::Subscriber,
                date_joined: samples::after(i64::try_from(*number).unwrap_or_default()),
                ..samples::new_user(&format!("user{number:08}"))
            })
            .collect();
        bulk::insert_users(pool, &users).await?;
    }
    sqlx::raw_sql("VACUUM (ANALYZE) api_user").execute(pool).await?;
    Ok(())
}

async fn measure(pool: &PgPool, rows: usize) -> Outcome<()> {
    let store = PgUnitOfWorkFactory::new(pool.clone());
    let middle = format!("user{:08}", rows / 2);
    let cursor =
        |toward, value| Position::Keyed(Some(Cursor { toward, values: vec![value], id: 0 }));
    let by_name = UserSort::Username;
    let joined = samples::after(i64::try_from(rows / 2)?);
    let last = rows.div_ceil(10) as u64;
    let cases = [
        ("by cursor, first", ascending(by_name), Position::Keyed(None)),
        ("by cursor, middle", ascending(by_name), cursor(Toward::Next, middle.as_str().into())),
        (
            "by cursor, middle, backward",
            ascending(by_name),
            cursor(Toward::Previous, middle.as_str().into()),
        ),
        (
            "by cursor, middle, -date_joined",
            descending(UserSort::DateJoined),
            cursor(Toward::Next, SortValue::Time(joined)),
        ),
        ("by number, first", ascending(by_name), Position::Number(1)),
        ("by number, last", ascending(by_name), Position::Number(last)),
    ];
    for (name, order, position) in cases {
        let request = ListRequest::<UserFilter, UserSort> {
            order: vec![order],
            position,
            size: PageSize::default(),
            ..ListRequest::default()
        };
        let median = median(&store, &request).await?;
        println!("{rows:>9}  {name:<34} {:>10}", shown(median));
    }
    let count = count_alone(pool).await?;
    println!(
        "{rows:>9}  {:<34} {:>10} {:>10}",
        "  the count of a page by number",
        "",
        shown(count)
    );
    Ok(())
}

async fn median(
    store: &PgUnitOfWorkFactory,
    request: &ListRequest<UserFilter, UserSort>,
) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(REPETITIONS);
    for _ in 0..REPETITIONS {
        let start = Instant::now();
        let mut read = store.read("bench").await?;
        let page = read.users().list(Scope::Everything, request.clone()).await?;
        times.push(start.elapsed());
        let page: wiwebb_domain::page::Page<UserView> = page.ok_or("no such page")?;
        if page.items.is_empty() || matches!(page.place, Place::Numbered { count: 0, .. }) {
            return Err("an empty page".into());
        }
    }
    times.sort();
    Ok(times[REPETITIONS / 2])
}

async fn count_alone(pool: &PgPool) -> Outcome<Duration> {
    let mut times = Vec::with_capacity(REPETITIONS);
    for _ in 0..REPETITIONS {
        let start = Instant::now();
        sqlx::query("SELECT count(*) FROM api_user").fetch_one(pool).await?;
        times.push(start.elapsed());
    }
    times.sort();
    Ok(times[REPETITIONS / 2])
}

fn shown(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
