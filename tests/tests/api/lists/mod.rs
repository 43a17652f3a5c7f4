//! Lists (contract §1.6) of users, tenants, todos, audit entries, gateways and payments.

mod audit_logs;
mod cursors;
mod filters;
mod forged_cursors;
mod links;
mod ordering;
mod pages;
mod search;

use serde_json::{Value, json};
use wiwebb_tests::{Client, TestApp};

/// A list and what it can be ordered by (contract §4.2, §5.3, §6, §9.2, §10.2, §12).
struct List {
    path: &'static str,
    orderings: &'static [&'static str],
    default: &'static str,
    /// Rows of the [`World`].
    rows: usize,
}

const LISTS: [List; 6] = [
    List {
        path: "/users/",
        orderings: &[
            "username",
            "email",
            "first_name",
            "last_name",
            "role",
            "date_joined",
            "last_login",
            "is_active",
            "id",
        ],
        default: "username",
        rows: 31,
    },
    List {
        path: "/tenants/",
        orderings: &["name", "slug", "created_at", "updated_at", "is_active", "id"],
        default: "name",
        rows: 23,
    },
    List {
        path: "/todos/",
        orderings: &["timestamp", "updated", "task", "completed", "id"],
        default: "-timestamp",
        rows: 25,
    },
    List {
        path: "/audit-logs/",
        orderings: &["timestamp", "action"],
        default: "-timestamp",
        rows: 26,
    },
    List {
        path: "/gateway-configs/",
        orderings: &["priority", "name", "created_at"],
        default: "-priority,name",
        rows: 24,
    },
    List {
        path: "/payments/",
        orderings: &["created_at", "total", "status"],
        default: "-created_at",
        rows: 27,
    },
];

/// A server whose lists have several pages, with equal values and NULLs in most columns.
struct World {
    app: TestApp,
    root: Client,
}

/// Texts consist of lower-case letters and digits of equal length, which every collation orders
/// alike; amounts have equally many digits. Times are whole seconds.
const ROWS: [&str; 6] = [
    "INSERT INTO api_tenant (name, slug, uuid, email, is_active, created_at, updated_at)
     SELECT 'tenant' || lpad(n::text, 2, '0'), 'slug' || lpad((50 - n)::text, 2, '0'),
            gen_random_uuid(), CASE WHEN n % 2 = 0 THEN 'mail' || n || '@example.org' END,
            n % 3 > 0, timestamptz '2024-01-01Z' + make_interval(days => n % 4),
            timestamptz '2024-02-01Z' + make_interval(days => (n * 7) % 5)
     FROM generate_series(1, 23) AS n",
    "INSERT INTO api_user (username, email, password, role, tenant_id, first_name, last_name,
                           is_active, date_joined, last_login)
     SELECT 'user' || lpad(n::text, 2, '0'), 'm' || lpad((70 - n)::text, 2, '0') || '@example.org',
            '!', (ARRAY['admin', 'tenant_owner', 'subscriber'])[1 + n % 3],
            (SELECT min(id) FROM api_tenant) + n % 3,
            CASE WHEN n % 3 > 0 THEN 'first' || n % 4 END,
            CASE WHEN n % 5 > 0 THEN 'last' || n % 2 END,
            n % 4 > 0, timestamptz '2024-03-01Z' + make_interval(days => n % 6),
            CASE WHEN n % 2 > 0 THEN timestamptz '2024-04-01Z' + make_interval(days => n % 3) END
     FROM generate_series(1, 30) AS n",
    "INSERT INTO api_todo (user_id, task, completed, timestamp, updated)
     SELECT (SELECT id FROM api_user WHERE username = 'root'), 'task' || n % 6, n % 2 = 0,
            timestamptz '2024-05-01Z' + make_interval(days => n % 7),
            timestamptz '2024-06-01Z' + make_interval(days => (n * 3) % 8)
     FROM generate_series(1, 25) AS n",
    "INSERT INTO api_auditlog (actor_id, target_id, action, details, timestamp)
     SELECT CASE WHEN n % 5 > 0 THEN (SELECT id FROM api_user WHERE username = 'root') END,
            CASE WHEN n % 4 > 0 THEN (SELECT id FROM api_user WHERE username = 'user01') + n % 9 END,
            (ARRAY['role_changed', 'password_reset', 'activation_changed'])[1 + n % 3],
            jsonb_build_object('n', n), timestamptz '2024-07-01Z' + make_interval(days => n % 8)
     FROM generate_series(1, 26) AS n",
    "INSERT INTO payment_paymentgatewayconfig (name, variant, is_active, priority, config, created_at)
     SELECT 'gateway' || lpad((40 - n)::text, 2, '0'), (ARRAY['dummy', 'manual', 'stripe'])[1 + n % 3],
            n % 3 > 0, n % 5 - 2, '{\"secret\": 1}', timestamptz '2024-08-01Z' + make_interval(days => n % 4)
     FROM generate_series(1, 24) AS n",
    "INSERT INTO payment_payment (user_id, order_id, payment_gateway_id, status, total, created_at)
     SELECT (SELECT id FROM api_user
             WHERE username = CASE WHEN n % 3 > 0 THEN 'root' ELSE 'user01' END),
            CASE WHEN n % 4 > 0 THEN 'order' || n END,
            (SELECT min(id) FROM payment_paymentgatewayconfig) + n % 5,
            (ARRAY['waiting', 'preauth', 'confirmed', 'rejected', 'refunded', 'error'])[1 + n % 6],
            10 + (n * 5) % 7, timestamptz '2024-09-01Z' + make_interval(days => n % 6)
     FROM generate_series(1, 27) AS n",
];

impl World {
    async fn new() -> Self {
        let app = TestApp::start().await;
        let root = app.superadmin().await;
        for rows in ROWS {
            sqlx::query(rows).execute(&app.pool).await.unwrap();
        }
        Self { app, root }
    }

    /// All rows of a list as a superadmin sees them, by id.
    async fn all(&self, list: &List) -> Vec<Value> {
        let page = self.root.get(&format!("{}?page_size=100", list.path)).await.expect(200);
        let mut rows = results(&page);
        assert_eq!(rows.len(), list.rows, "{}", list.path);
        rows.sort_by_key(id);
        rows
    }
}

fn results(page: &Value) -> Vec<Value> {
    page["results"].as_array().unwrap().clone()
}

fn id(row: &Value) -> i64 {
    row["id"].as_i64().unwrap()
}

fn ids(page: &Value) -> Vec<i64> {
    page["results"].as_array().unwrap().iter().map(id).collect()
}

/// The pages from an address on, by their links in one direction.
async fn follow(client: &Client, first: &str, direction: &str) -> Vec<Value> {
    let mut pages = Vec::new();
    let mut next = Some(first.to_owned());
    while let Some(address) = next {
        let page = client.get(&address).await.expect(200);
        next = page[direction].as_str().map(str::to_owned);
        pages.push(page);
        assert!(pages.len() <= 100, "{first} has no end");
    }
    pages
}

/// The rows of pages, page by page.
fn rows(pages: &[Value]) -> Vec<Vec<Value>> {
    pages.iter().map(results).collect()
}

fn invalid_page() -> Value {
    json!({ "detail": "Invalid page." })
}

fn invalid_cursor() -> Value {
    json!({ "detail": "Invalid cursor." })
}
