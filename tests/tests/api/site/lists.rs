//! The laws of all lists of the console.

use sqlx::AssertSqlSafe;
use wiwebb_tests::{Page, TestApp, Visitor};

use super::root;

/// A list, and its rows in SQL.
struct List {
    path: &'static str,
    rows: &'static str,
    /// What the heads of the table order by, from left to right. The columns are called alike.
    orderings: &'static [&'static str],
    /// Where words are looked for.
    searched: &'static [&'static str],
    /// A filter in the address, and what it lets through.
    filter: (&'static str, &'static str),
}

const ACTOR: &str = "(SELECT username FROM api_user WHERE id = actor_id)";
const TARGET: &str = "(SELECT username FROM api_user WHERE id = target_id)";
const PAYER: &str = "(SELECT username FROM api_user WHERE id = user_id)";
const PAYERS_EMAIL: &str = "(SELECT email FROM api_user WHERE id = user_id)";

const LISTS: [List; 9] = [
    List {
        path: "/admin/users/",
        rows: "api_user",
        orderings: &["username", "email", "date_joined"],
        searched: &["username", "email", "first_name", "last_name"],
        filter: ("is_active=true", "is_active"),
    },
    List {
        path: "/admin/tenants/",
        rows: "api_tenant",
        orderings: &["name", "slug", "is_active", "created_at"],
        searched: &["name", "slug", "email"],
        filter: ("is_active=true", "is_active"),
    },
    List {
        path: "/admin/todos/",
        rows: "api_todo",
        orderings: &["task", "completed", "timestamp", "updated"],
        searched: &["task"],
        filter: ("completed=true", "completed"),
    },
    List {
        path: "/admin/audit-logs/",
        rows: "api_auditlog",
        orderings: &["timestamp"],
        searched: &["action", ACTOR, TARGET],
        filter: ("timestamp_after=2024-01-04", "timestamp >= '2024-01-04Z'"),
    },
    List {
        path: "/admin/plans/",
        rows: "payment_plan",
        orderings: &["name", "created_at"],
        searched: &["name"],
        filter: ("available=true", "available"),
    },
    List {
        path: "/admin/pricing/",
        rows: "(SELECT *, plan_id AS plan FROM payment_planpricing) AS pricing",
        orderings: &["amount", "plan", "currency", "created_at"],
        searched: &["(SELECT name FROM payment_plan WHERE id = plan_id)"],
        filter: ("active=true", "active"),
    },
    List {
        path: "/admin/gateways/",
        rows: "payment_paymentgatewayconfig",
        orderings: &["name", "priority", "created_at"],
        searched: &["name", "variant"],
        filter: ("is_active=true", "is_active"),
    },
    List {
        path: "/admin/payments/",
        rows: "payment_payment",
        orderings: &["created_at"],
        searched: &["order_id", "transaction_id", PAYER, PAYERS_EMAIL],
        filter: ("status=confirmed", "status = 'confirmed'"),
    },
    List {
        path: "/admin/payment-logs/",
        rows: "payment_paymentlog",
        orderings: &["created_at"],
        searched: &["event_type", "message"],
        filter: ("event_type=payment.changed", "event_type = 'payment.changed'"),
    },
];

/// What is looked for: one of the actions of the audit log has it, too.
const WORD: &str = "reset";

/// Sixty rows for each list. Their values come in another order than their ids, and many are equal. The
/// word is in one column of a row at most: in `a` to `d` where it can be found, in `e` where it cannot.
const ROWS: [&str; 10] = [
    "CREATE TABLE seed AS
     SELECT n, lpad((n * 37 % 61)::text, 2, '0') AS own, n * 37 % 7 AS shared, n % 5 > 0 AS truth,
            timestamptz '2024-01-01Z' + make_interval(days => n * 37 % 7) AS time,
            CASE n % 6 WHEN 0 THEN 'Reset' ELSE '' END AS a,
            CASE n % 6 WHEN 1 THEN 'Reset' ELSE '' END AS b,
            CASE n % 6 WHEN 2 THEN 'Reset' ELSE '' END AS c,
            CASE n % 6 WHEN 3 THEN 'Reset' ELSE '' END AS d,
            CASE n % 6 WHEN 4 THEN 'Reset' ELSE '' END AS e
     FROM generate_series(1, 60) AS n",
    "INSERT INTO api_tenant (uuid, name, slug, email, description, is_active, created_at)
     SELECT gen_random_uuid(), 'Net ' || own || a, 'net-' || n || lower(b),
            lower(c) || n || '@example.org', e, truth, time
     FROM seed ORDER BY n",
    "INSERT INTO api_user (username, email, password, role, tenant_id, first_name, last_name, company,
                           is_active, date_joined)
     SELECT 'user' || own || a, shared || lower(b) || n || '@example.org', '!', 'subscriber',
            (SELECT min(id) FROM api_tenant), 'Ann' || c, 'Bee' || d, e, truth, time
     FROM seed ORDER BY n",
    "INSERT INTO api_todo (user_id, task, completed, timestamp, updated)
     SELECT root.id, 'Mast ' || shared || a, truth, time, time + make_interval(days => n * 11 % 5)
     FROM seed, api_user root WHERE username = 'root' ORDER BY n",
    "INSERT INTO api_auditlog (actor_id, target_id, action, details, timestamp)
     SELECT CASE b WHEN '' THEN root.id ELSE found.id END, CASE c WHEN '' THEN NULL ELSE found.id END,
            CASE a WHEN '' THEN 'role_changed' ELSE 'password_reset' END,
            jsonb_build_object('old', e), time
     FROM seed, api_user root, (SELECT min(id) AS id FROM api_user WHERE username LIKE '%Reset') found
     WHERE root.username = 'root' ORDER BY n",
    "INSERT INTO payment_plan (name, description, available, created_at)
     SELECT 'Plan ' || own || a, e, truth, time FROM seed ORDER BY n",
    "INSERT INTO payment_planpricing (plan_id, amount, currency, \"interval\", active, created_at)
     SELECT plan.id, shared * shared * 2.5, (ARRAY['USD', 'EUR', 'CHF'])[1 + n % 3], 'month', truth, time
     FROM seed JOIN payment_plan plan
        ON name LIKE 'Plan ' || lpad((1 + n * 7 % 19)::text, 2, '0') || '%' ORDER BY n",
    "INSERT INTO payment_paymentgatewayconfig (name, variant, is_active, priority, config, created_at)
     SELECT 'Desk ' || own || a, 'manual' || lower(b), truth, shared * 5 - 10,
            jsonb_build_object('note', e), time
     FROM seed ORDER BY n",
    "INSERT INTO payment_payment (user_id, payment_gateway_id, order_id, transaction_id, status, total,
                                  metadata, created_at)
     SELECT (SELECT min(id) FROM api_user WHERE CASE
                WHEN c <> '' THEN username LIKE '%Reset'
                WHEN d <> '' THEN email LIKE '%reset%'
                ELSE username = 'root' END),
            (SELECT min(id) FROM payment_paymentgatewayconfig), 'order' || n || a, 'told' || n || b,
            CASE WHEN truth THEN 'confirmed' ELSE 'rejected' END, 5,
            jsonb_build_object('description', e), time
     FROM seed ORDER BY n",
    "INSERT INTO payment_paymentlog (payment_id, event_type, message, data, created_at)
     SELECT (SELECT min(id) FROM payment_payment) + shared,
            CASE a WHEN '' THEN 'payment.changed' ELSE 'payment.reset' END, 'Told ' || b,
            jsonb_build_object('note', e), time
     FROM seed ORDER BY n",
];

async fn filled() -> (TestApp, Visitor) {
    let (app, visitor) = root().await;
    for rows in ROWS {
        sqlx::query(rows).execute(&app.pool).await.unwrap();
    }
    (app, visitor)
}

impl List {
    /// The ids of the rows of which a condition is true, in an order with equal rows by id.
    async fn ids(&self, app: &TestApp, condition: &str, order: &str) -> Vec<i32> {
        let Self { rows, .. } = self;
        let statement = format!("SELECT id FROM {rows} WHERE {condition} ORDER BY {order}, id");
        sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(&app.pool).await.unwrap()
    }

    /// Which rows have the word.
    fn has_word(&self) -> String {
        let terms: Vec<String> = self.searched.iter().map(|column| is_in(column)).collect();
        format!("({})", terms.join(" OR "))
    }

    /// The pages from one on, by their links in one direction, each with its query.
    async fn follow(&self, visitor: &Visitor, first: &str, rel: &str) -> Vec<(String, Page)> {
        let (mut pages, mut query) = (Vec::new(), Some(first.to_owned()));
        while let Some(at) = query {
            let page = visitor.open(&format!("{}{at}", self.path)).await.expect(200);
            query = page.between(&format!("rel=\"{rel}\" href=\""), "\"").map(unescaped);
            pages.push((at, page));
            assert!(pages.len() <= 100, "{}{first} has no end", self.path);
        }
        pages
    }
}

fn is_in(column: &str) -> String {
    format!("{column} ILIKE '%{WORD}%'")
}

fn unescaped(address: &str) -> String {
    address.replace("&#38;", "&")
}

/// Where the heads of a table lead.
fn heads(page: &Page) -> Vec<String> {
    let heads = page.between("<thead>", "</thead>").unwrap().split("href=\"").skip(1);
    heads.map(|rest| unescaped(rest.split('"').next().unwrap())).collect()
}

/// The ids that the first links of the rows lead to.
fn shown(page: &Page) -> Vec<i32> {
    let rows = page.between("<tbody>", "</tbody>").unwrap().split("<tr>").skip(1);
    let id = |row: &str| {
        let address = row.split("href=\"").nth(1)?.split("/\"").next()?;
        address.rsplit('/').next()?.parse().ok()
    };
    rows.map(|row| id(row).unwrap()).collect()
}

fn all_shown(pages: &[(String, Page)]) -> Vec<i32> {
    pages.iter().flat_map(|(_, page)| shown(page)).collect()
}

#[tokio::test]
async fn every_head_orders_its_list_both_ways() {
    let (app, visitor) = filled().await;
    for list in &LISTS {
        let path = list.path;
        let plain = heads(&visitor.open(path).await.expect(200));
        let offered: Vec<String> =
            list.orderings.iter().map(|n| format!("?ordering={n}")).collect();
        assert_eq!(plain, offered, "{path}");
        for (at, name) in list.orderings.iter().enumerate() {
            let mut head = plain[at].clone();
            for direction in ["ASC", "DESC"] {
                let pages = list.follow(&visitor, &head, "next").await;
                let sorted = list.ids(&app, "true", &format!("\"{name}\" {direction}")).await;
                assert_eq!(all_shown(&pages), sorted, "{path} by {name} {direction}");
                head = heads(&pages[0].1).swap_remove(at);
            }
        }
    }
}

#[tokio::test]
async fn pages_lead_through_what_is_searched_and_filtered_once_and_back() {
    let (app, visitor) = filled().await;
    for list in &LISTS {
        let (List { path, .. }, (filter, passes), by) = (list, list.filter, list.orderings[0]);
        let first = format!("?search={WORD}&{filter}&ordering=-{by}&page_size=2");
        let there = list.follow(&visitor, &first, "next").await;
        assert!(there.len() > 2, "{path}{first} has {} pages", there.len());
        for (query, _) in &there {
            assert!(query.starts_with(first.as_str()), "{path}{query}");
        }
        let condition = format!("{} AND {passes}", list.has_word());
        let found = list.ids(&app, &condition, &format!("\"{by}\" DESC")).await;
        assert_eq!(all_shown(&there), found, "{path}{first}");

        let mut back = list.follow(&visitor, &there.last().unwrap().0, "prev").await;
        back.reverse();
        assert_eq!(all_shown(&back), found, "{path}{first}, back");
    }
}

#[tokio::test]
async fn a_search_finds_exactly_the_rows_that_have_the_word() {
    let (app, visitor) = filled().await;
    for list in &LISTS {
        let path = list.path;
        visitor.open(path).await.expect(200).shows("type=\"search\" id=\"search\" name=\"search\"");
        for column in list.searched {
            let there = list.ids(&app, &is_in(column), "id").await;
            assert!(!there.is_empty(), "{path} has nothing to find in {column}");
        }
        let found = list.follow(&visitor, &format!("?search={WORD}"), "next").await;
        let mut found = all_shown(&found);
        found.sort_unstable();
        assert_eq!(found, list.ids(&app, &list.has_word(), "id").await, "{path}");
    }
}
