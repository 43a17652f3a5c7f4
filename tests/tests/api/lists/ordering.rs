//! The order of rows.

use std::cmp::Ordering;

use serde_json::Value;

use super::{LISTS, World, follow, id, results};

/// The value a row is ordered by; the text fields of users show NULL as empty text.
fn value(row: &Value, name: &str) -> Option<Value> {
    let value = &row[name];
    (!value.is_null() && value != "").then(|| value.clone())
}

fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => left.as_i64().cmp(&right.as_i64()),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        _ => panic!("{left} against {right}"),
    }
}

/// The values in the order they come in, each once; fails where equal ones do not stand together
/// or are not ordered by id.
fn runs(rows: &[Value], name: &str, rule: &str) -> Vec<Option<Value>> {
    let mut runs: Vec<Option<Value>> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let value = value(row, name);
        if runs.last() == Some(&value) {
            assert!(id(&rows[at - 1]) < id(row), "{rule}: equal rows are ordered by id");
        } else {
            assert!(!runs.contains(&value), "{rule}: {value:?} comes twice");
            runs.push(value);
        }
    }
    runs
}

#[tokio::test]
async fn every_ordering_goes_both_ways_with_equal_rows_by_id() {
    let world = World::new().await;
    for list in &LISTS {
        for name in list.orderings {
            let mut both = Vec::new();
            for sign in ["", "-"] {
                let rule = format!("{}?ordering={sign}{name}&page_size=7", list.path);
                let pages = follow(&world.root, &rule, "next").await;
                let rows: Vec<Value> = pages.iter().flat_map(results).collect();
                assert_eq!(rows.len(), list.rows, "{rule}");
                let runs = runs(&rows, name, &rule);
                let empty = runs.iter().position(Option::is_none);
                assert!(empty.is_none_or(|at| at == 0 || at == runs.len() - 1), "{rule}: {runs:?}");
                both.push(runs.into_iter().flatten().collect::<Vec<_>>());
            }
            let (up, mut down) = (both.remove(0), both.remove(0));
            down.reverse();
            assert_eq!(up, down, "{} by {name}", list.path);
            let sorted = up.is_sorted_by(|left, right| compare(left, right).is_lt());
            // The contract leaves open in which order the roles come.
            assert!(sorted || *name == "role", "{} by {name}: {up:?}", list.path);
        }
    }
}

#[tokio::test]
async fn several_names_order_one_after_the_other_and_unknown_ones_are_ignored() {
    let world = World::new().await;
    let order = async |path: &str, ordering: &str| -> Vec<i64> {
        let path = format!("{path}?page_size=100&ordering={ordering}");
        let page = world.root.get(&path).await.expect(200);
        results(&page).iter().map(id).collect()
    };
    for list in &LISTS {
        let plain = world.root.get(&format!("{}?page_size=100", list.path)).await.expect(200);
        let plain: Vec<i64> = results(&plain).iter().map(id).collect();
        assert_eq!(order(list.path, list.default).await, plain, "{}", list.path);
        for ordering in ["", ",", "-", "nothing", "-nothing,password", "user_count,details", "%00"]
        {
            assert_eq!(order(list.path, ordering).await, plain, "{} {ordering}", list.path);
        }
        let by = list.orderings[0];
        let one = order(list.path, &format!("-{by}")).await;
        for ordering in
            [format!("nothing,-{by}"), format!("-{by},nothing"), format!("%20-{by}%20,")]
        {
            assert_eq!(order(list.path, &ordering).await, one, "{} {ordering}", list.path);
        }
    }
    let page = world.root.get("/users/?page_size=100&ordering=is_active,-role,email").await;
    let rows = results(&page.expect(200));
    let sorted = rows.is_sorted_by(|left, right| {
        let by = |name: &str| compare(&left[name], &right[name]);
        by("is_active").then(by("role").reverse()).then(by("email")).is_lt()
    });
    assert!(sorted, "{rows:#?}");
    let page = world.root.get("/tenants/?page_size=100&ordering=-is_active,created_at,-id").await;
    let rows = results(&page.expect(200));
    let sorted = rows.is_sorted_by(|left, right| {
        let by = |name: &str| compare(&left[name], &right[name]);
        by("is_active").reverse().then(by("created_at")).then(by("id").reverse()).is_lt()
    });
    assert!(sorted, "{rows:#?}");
}
