//! What it costs to know an access point by its key and to tell what a user may use: the two
//! statements behind every limit check.
//!
//! ```text
//! cargo bench -p wiwebb-persistence --bench limit_check
//! ```
//!
//! Fills a throw-away PostgreSQL with 100 000 users, each with a subscription that is over, one
//! that is not, and ten days of usage. `LIMIT_CHECK_USERS=1000` chooses another number.

#![allow(missing_docs, reason = "criterion_group! makes a public function")]
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot go on has failed")]

use criterion::{Criterion, criterion_group, criterion_main};
use sqlx::PgPool;
use tokio::runtime::Runtime;
use wiwebb_domain::access::Scope;
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::ports::usage::{Standing, Subscriber};
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::NewUser;
use wiwebb_persistence::embedded::EmbeddedPostgres;
use wiwebb_persistence::{PgUnitOfWorkFactory, PoolConfig, bulk, migrate, pool};

const DATABASE: &str = "limit_check";
const CHUNK: usize = 5_000;
const PLANS: i32 = 20;
const KEY: u64 = 1;

/// Around [`samples::now`]: one subscription that is over, one that is not, ten days of usage. The
/// parameter is the instant.
const HISTORY: [&str; 3] = [
    "INSERT INTO payment_subscription
        (subscription_id, user_id, plan_id, driver, status, current_period_start,
         current_period_end)
     SELECT 'old_' || id, id, 1 + id % 20, 'local', 'canceled',
        $1::timestamptz - INTERVAL '2 months', $1 - INTERVAL '1 month'
     FROM api_user",
    "INSERT INTO payment_subscription
        (subscription_id, user_id, plan_id, amount, currency, \"interval\", driver, status,
         current_period_start, current_period_end)
     SELECT 'new_' || id, id, 1 + id % 20, 9.99, 'USD', 'month', 'local', 'active',
        $1::timestamptz, $1 + INTERVAL '1 month'
     FROM api_user",
    "INSERT INTO network_usage (user_id, day, seconds, octets)
     SELECT id, ($1::timestamptz AT TIME ZONE 'UTC')::date - age, 600, 100000000
     FROM api_user, generate_series(0, 9) AS age",
];

fn users() -> usize {
    // `cargo test --benches` runs this too; there, a small table shows that it works.
    let under_test = !std::env::args().any(|argument| argument == "--bench");
    #[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration")]
    let wanted = std::env::var("LIMIT_CHECK_USERS").ok().and_then(|users| users.parse().ok());
    wanted.unwrap_or(if under_test { 100 } else { 100_000 })
}

async fn fill(pool: &PgPool, users: usize) -> TenantId {
    let now = samples::now();
    let tenant = ((samples::new_tenant("Hill Net"), samples::uuid(1)), now);
    let tenant = bulk::insert_tenants(pool, &[tenant]).await.unwrap()[0];
    let mut store = PgUnitOfWorkFactory::new(pool.clone()).read("fill").await.unwrap();
    for number in 1..=PLANS {
        let new = NewPlan {
            default: number == 1,
            daily_time_minutes: Some(60),
            daily_data_mb: Some(1_000),
            ..samples::new_plan(&format!("Plan {number}"))
        };
        store.plans().insert(new, now).await.unwrap();
    }
    store.service_keys().insert(samples::new_service_key("Radius", KEY), now).await.unwrap();
    let names: Vec<usize> = (0..users).collect();
    for chunk in names.chunks(CHUNK) {
        let users: Vec<NewUser> = chunk
            .iter()
            .map(|number| NewUser {
                tenant_id: Some(tenant),
                ..samples::new_user(&format!("user{number}"))
            })
            .collect();
        bulk::insert_users(pool, &users).await.unwrap();
    }
    for statement in HISTORY {
        sqlx::query(statement).bind(now).execute(pool).await.unwrap();
    }
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(pool).await.unwrap();
    tenant
}

async fn standing(factory: &PgUnitOfWorkFactory, scope: Scope, who: Subscriber) -> Standing {
    let now = samples::now();
    let mut store = factory.read("bench").await.unwrap();
    let found = store.usage().standing(scope, who, now.date_naive(), now).await.unwrap().unwrap();
    assert_eq!((found.subscriptions.len(), found.used.seconds), (1, 600));
    found
}

async fn authenticate(factory: &PgUnitOfWorkFactory) {
    let mut store = factory.read("bench").await.unwrap();
    let keys = store.service_keys();
    keys.authenticate(samples::digest(KEY), samples::now()).await.unwrap().unwrap();
}

fn limit_check(c: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let users = users();
    let server = runtime.block_on(EmbeddedPostgres::start_throwaway()).unwrap();
    runtime.block_on(server.ensure_database(DATABASE)).unwrap();
    let pool = runtime.block_on(async {
        let pool = pool::open(server.connect_options(DATABASE), &PoolConfig::default());
        migrate::up(&pool).await.unwrap();
        pool
    });
    let tenant = runtime.block_on(fill(&pool, users));
    let factory = PgUnitOfWorkFactory::new(pool.clone());
    // Far apart, so that no two checks in a row read the same pages.
    let mut number = 0;
    let mut next = || {
        number = (number + 7_919) % users;
        number
    };

    let mut group = c.benchmark_group(format!("limit check of {users} users"));
    group.bench_function("key of the equipment", |b| {
        b.iter(|| runtime.block_on(authenticate(&factory)));
    });
    for (name, scope) in
        [("by username", Scope::Everything), ("by username in a tenant", Scope::Tenant(tenant))]
    {
        group.bench_function(name, |b| {
            b.iter(|| {
                let who = Subscriber::Username(format!("user{}", next()));
                runtime.block_on(standing(&factory, scope, who))
            });
        });
    }
    group.bench_function("by id", |b| {
        b.iter(|| {
            let id = UserId::new(i32::try_from(next() + 1).unwrap());
            runtime.block_on(standing(&factory, Scope::Oneself(id), Subscriber::Id(id)))
        });
    });
    group.finish();
    runtime.block_on(async {
        pool.close().await;
        server.stop().await;
    });
}

criterion_group!(benches, limit_check);
criterion_main!(benches);
