//! Todos in the console: everybody's own.

use serde_json::json;
use wiwebb_domain::access::Role;
use wiwebb_tests::{Client, TestApp, Visitor};

use super::check_below;
use crate::subscriptions::number;

const LIST: &str = "/admin/todos/";
const NEW: &str = "/admin/todos/new/";
const API: &str = "/todos/";

async fn root() -> (TestApp, Client, Visitor) {
    let app = TestApp::start().await;
    let root = app.superadmin().await;
    let visitor = Visitor::signed_in(&app.base, "root").await;
    (app, root, visitor)
}

async fn todo(api: &Client, task: &str, completed: bool) -> i64 {
    let body = json!({ "task": task, "completed": completed });
    number(&api.post(API, body).await.expect(201)["id"])
}

#[tokio::test]
async fn a_todo_is_created_changed_and_deleted() {
    let (_app, _, visitor) = root().await;
    visitor.open(LIST).await.expect(200).shows("There is nothing to do.");
    let created = visitor.fill(NEW, &[("task", "Climb <the> mast")]).await.expect(303);
    let page = visitor.open(&created.location).await.expect(200);
    page.shows("Created.").shows("Climb &#60;the&#62; mast").shows("Open").hides("<the>");
    let own = created.location.split('?').next().unwrap();

    let edit = format!("{own}edit/");
    let form = visitor.open(&edit).await.expect(200);
    form.shows("value=\"Climb &#60;the&#62; mast\"").hides("checked");
    let fields = [("task", "Climb down"), ("completed", "true")];
    let saved = visitor.fill(&edit, &fields).await.expect(303);
    visitor.open(&saved.location).await.expect(200).shows("Climb down").shows("Done");
    visitor.open(&edit).await.expect(200).shows("checked");

    let delete = format!("{own}delete/");
    visitor.open(&delete).await.expect(200).shows("Delete the todo Climb down");
    let deleted = visitor.fill(&delete, &[]).await.expect(303);
    assert_eq!(deleted.location, "/admin/todos/?done=deleted");
    visitor.open(own).await.expect(404);
}

#[tokio::test]
async fn a_button_marks_a_todo_as_done_and_as_open_and_pressed_twice_does_the_same() {
    let (_app, api, visitor) = root().await;
    let id = todo(&api, "Climb the mast", false).await;
    let (own, switch) = (format!("{LIST}{id}/"), format!("{LIST}{id}/switch/"));
    for (label, completed) in [("Mark as done", true), ("Mark as open", false)] {
        let page = visitor.open(&own).await.expect(200);
        page.shows(label);
        let sent = page.hidden("completed").unwrap();
        for _ in 0..2 {
            let fields = [("completed", sent)];
            let answer = visitor.submit(&switch, page.token().unwrap(), &fields).await.expect(303);
            assert_eq!(answer.location, format!("{own}?done=saved"));
            let stored = api.get(&format!("{API}{id}/")).await.expect(200);
            assert_eq!(stored["completed"], completed);
            assert_eq!(stored["task"], "Climb the mast");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field() {
    let (_app, api, visitor) = root().await;
    let id = todo(&api, "Climb the mast", false).await;
    let long = "x".repeat(201);
    for path in [NEW.to_owned(), format!("{LIST}{id}/edit/")] {
        for (task, text) in
            [("", "This field is required."), (&*long, "no more than 200 characters")]
        {
            let page =
                visitor.fill(&path, &[("task", task), ("completed", "true")]).await.expect(400);
            check_below(&page, "task", text);
            page.shows("checked");
        }
    }
    assert_eq!(api.get(API).await.expect(200)["count"], 1);
}

#[tokio::test]
async fn what_was_done_is_not_told_again_on_the_way_through_the_list() {
    let (_app, api, visitor) = root().await;
    todo(&api, "Climb the mast", false).await;
    let page = visitor.open(&format!("{LIST}?done=deleted")).await.expect(200);
    page.shows("Deleted.").shows("href=\"?ordering=task\"").hides("done=");
}

#[tokio::test]
async fn todos_are_searched_filtered_and_ordered() {
    let (_app, api, visitor) = root().await;
    todo(&api, "Climb the mast", false).await;
    todo(&api, "Buy cable", true).await;
    let open = async |query: &str| visitor.open(&format!("{LIST}{query}")).await.expect(200);
    open("?completed=true").await.shows("Buy cable").hides("Climb the mast");
    open("?search=MAST").await.shows("Climb the mast").hides("Buy cable");
    let names = open("?ordering=task").await.html;
    assert!(names.find("Buy cable") < names.find("Climb the mast"));
    open("?search=nothing").await.shows("Nothing matches.");
}

#[tokio::test]
async fn somebody_elses_todo_is_out_of_reach() {
    let (app, root, visitor) = root().await;
    let tenant = app.tenant(&root, "hill").await;
    let olga = app.user(&root, "olga", Role::TenantOwner, Some(tenant)).await;
    let id = todo(&olga, "Climb the mast", false).await;
    let own = format!("{LIST}{id}/");
    let owner = Visitor::signed_in(&app.base, "olga").await;
    owner.open(LIST).await.expect(200).shows("Climb the mast");
    owner.open(&own).await.expect(200);

    visitor.open(LIST).await.expect(200).hides("Climb the mast");
    let at = |rest: &str| format!("{own}{rest}");
    for path in [at(""), at("edit/"), at("delete/")] {
        visitor.open(&path).await.expect(403).hides("Climb the mast");
    }
    for path in [at("edit/"), at("switch/"), at("delete/")] {
        let fields = [("task", "Mine"), ("completed", "true")];
        let refused = visitor.fill_to(LIST, &path, &fields).await.expect(403);
        refused.hides("Climb the mast");
    }
    let stored = olga.get(&format!("{API}{id}/")).await.expect(200);
    assert_eq!((&stored["task"], &stored["completed"]), (&json!("Climb the mast"), &json!(false)));
    visitor.open(&format!("{LIST}{}/", id + 1)).await.expect(404);
}
