//! Forms that the site itself has not sent: none of them changes anything. The table has every form
//! that there is, which the sources tell.

mod world;

use std::collections::BTreeSet;

use reqwest::Method;
use wiwebb_tests::{PASSWORD, Page, sources};

use world::{NOBODY, World, changed};

/// A form that is sent.
struct Form {
    /// Who sends it; empty for whoever is not signed in.
    by: &'static str,
    /// Where to. What stands in braces here and in the fields, the world has one of.
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
}

const fn form(
    by: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static str)],
) -> Form {
    Form { by, path, fields }
}

/// Every form of the site, in an order in which all of them can be sent: deletes come last.
const FORMS: [Form; 45] = [
    form(NOBODY, "/account/sign-in/", &[("username", "root"), ("password", PASSWORD)]),
    form(
        NOBODY,
        "/account/register/",
        &[
            ("username", "nora"),
            ("email", "nora@example.org"),
            ("password1", PASSWORD),
            ("password2", PASSWORD),
        ],
    ),
    form(NOBODY, "/account/forgotten-password/", &[("email", "ada@example.org")]),
    form(NOBODY, "/password/reset/confirm/{uid}/{token}/", &CHOSEN),
    form(NOBODY, "/checkout/{bill}/", &[("outcome", "confirmed")]),
    form(
        "sue",
        "/account/profile/",
        &[("email", "sue@example.org"), ("first_name", "Sue"), ("company", "Hill Net")],
    ),
    form("sue", "/account/payments/{own}/cancel/", &[("idempotency_key", "give-up")]),
    form("sue", "/account/cancel/", &[("idempotency_key", "leave")]),
    form("kim", "/account/resume/", &[]),
    form(
        "ron",
        "/account/plans/{plan}/",
        &[("pricing_id", ""), ("changes", "false"), ("idempotency_key", "join")],
    ),
    form("sue", "/account/keys/{key}/revoke/", &[]),
    form("sue", "/account/keys/", &[]),
    form("sue", "/account/password/", &[("old_password", PASSWORD), CHOSEN[0], CHOSEN[1]]),
    form("ron", "/account/sign-out/", &[]),
    form("root", "/admin/payments/{held}/{capture}/", &[("idempotency_key", "take")]),
    form(
        "root",
        "/admin/payments/{paid}/{refund}/",
        &[("amount", "5.00"), ("reason", "One day less"), ("idempotency_key", "back")],
    ),
    form("root", "/admin/payments/{open}/{confirm}/", &[("idempotency_key", "came")]),
    form("root", "/admin/payments/{owed}/{cancel}/", &[("idempotency_key", "off")]),
    form("root", "/admin/webhook-events/{event}/replay/", &[]),
    form("root", "/admin/tenants/new/", &[("name", "Vale Net"), ("slug", "vale")]),
    form("root", "/admin/tenants/{lake}/edit/", &[("name", "Sea Net"), ("slug", "sea")]),
    form("root", "/admin/tenants/{lake}/delete/", &[]),
    form(
        "root",
        "/admin/users/new/",
        &[
            ("username", "gus"),
            ("email", "gus@example.org"),
            ("password", PASSWORD),
            ("role", "subscriber"),
            ("tenant", "{hill}"),
            ("is_active", "true"),
        ],
    ),
    form(
        "root",
        "/admin/users/{user}/edit/",
        &[("email", "ada@hill.example"), ("first_name", "Ada"), ("is_active", "true")],
    ),
    form("root", "/admin/users/{user}/role/", &[("role", "tenant_owner"), ("tenant", "{hill}")]),
    form("root", "/admin/users/{user}/tokens/", &[]),
    form("root", "/admin/users/{user}/password/", &[("password", "brisk-Walrus-51")]),
    form("root", "/admin/users/{user}/activate/", &[("is_active", "false")]),
    form("root", "/admin/users/{user}/delete/", &[]),
    form("root", "/admin/users/{gone}/anonymise/", &[]),
    form("root", "/admin/plans/new/", &[("name", "Noon"), ("requires_payment", "true")]),
    form("root", "/admin/plans/{spare}/pricing/new/", &PRICE),
    form("root", "/admin/plans/{spare}/pricing/{price}/edit/", &PRICE),
    form("root", "/admin/plans/{spare}/pricing/{price}/delete/", &[]),
    form("root", "/admin/plans/{spare}/edit/", &[("name", "Dusk"), ("daily_data_mb", "3")]),
    form("root", "/admin/plans/{spare}/delete/", &[]),
    form(
        "root",
        "/admin/gateways/new/",
        &[("name", "Bank"), ("variant", "manual"), ("priority", "-3")],
    ),
    form(
        "root",
        "/admin/gateways/{gateway}/edit/",
        &[("name", "Box"), ("variant", "manual"), ("priority", "-3")],
    ),
    form("root", "/admin/gateways/{gateway}/delete/", &[]),
    form("root", "/admin/service-keys/new/", &[("name", "Roof")]),
    form("root", "/admin/service-keys/{service}/delete/", &[]),
    form("root", "/admin/todos/new/", &[("task", "Climb the mast")]),
    form("root", "/admin/todos/{todo}/edit/", &[("task", "Climb down")]),
    form("root", "/admin/todos/{todo}/switch/", &[("completed", "true")]),
    form("root", "/admin/todos/{todo}/delete/", &[]),
];

/// A password that is chosen.
const CHOSEN: [(&str, &str); 2] =
    [("new_password1", "brisk-Walrus-51"), ("new_password2", "brisk-Walrus-51")];

/// A price.
const PRICE: [(&str, &str); 5] = [
    ("amount", "5.00"),
    ("currency", "USD"),
    ("interval", "week"),
    ("trial_period_days", "3"),
    ("active", "true"),
];

impl Form {
    /// Sends it with this text where the site's own should be.
    async fn send(&self, world: &World, token: &str) -> Page {
        let fields: Vec<(&str, String)> =
            self.fields.iter().map(|(name, value)| (*name, world.named(value))).collect();
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        world.visitor(self.by).submit(&world.named(self.path), token, &fields).await
    }

    /// Sends it without that field, and without any.
    async fn send_bare(&self, world: &World) -> [Page; 2] {
        let mut fields = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields {
            fields.append_pair(name, &world.named(value));
        }
        let (visitor, path) = (world.visitor(self.by), world.named(self.path));
        [
            visitor.send(Method::POST, &path, Some(fields.finish())).await,
            visitor.send(Method::POST, &path, Some(String::new())).await,
        ]
    }

    /// Sends what is no form; the status is the answer's and the one that is due.
    async fn send_nothing(&self, world: &World) -> (u16, u16) {
        let page = world.visitor(self.by).send(Method::POST, &world.named(self.path), None).await;
        // Programs send JSON there, and this lacks what it has to say.
        let due = if self.path.starts_with("/checkout/") { 400 } else { 403 };
        (page.status, due)
    }
}

#[tokio::test]
async fn a_form_that_the_site_has_not_sent_is_refused_and_changes_nothing() {
    let world = World::build().await;
    let before = world.dump().await;
    for form in &FORMS {
        let mut pages = Vec::from(form.send_bare(&world).await);
        for token in ["", "0", world.foreign(form.by)] {
            pages.push(form.send(&world, token).await);
        }
        for page in pages {
            assert_eq!(page.status, 403, "{}: {}{}", form.path, page.location, page.html);
            assert!(page.html.contains("nothing was changed"), "{}: {}", form.path, page.html);
        }
        let (status, due) = form.send_nothing(&world).await;
        assert_eq!(status, due, "{}", form.path);
        let found = changed(&before, &world.dump().await);
        assert!(found.is_empty(), "{} changed {found:?}", form.path);
    }
    assert_eq!(world.visitor(NOBODY).cookie("wiwebb_session"), None);
    assert_eq!(world.app.mailer.posted().len(), world.mails);
}

#[tokio::test]
async fn the_same_forms_sent_by_the_site_itself_change_what_they_are_about() {
    let world = World::build().await;
    let mut before = world.dump().await;
    for form in &FORMS {
        let token = world.token(form.by).await;
        let page = form.send(&world, &token).await;
        assert!(page.status < 400, "{} {}: {}", form.path, page.status, page.html);
        let after = world.dump().await;
        assert!(!changed(&before, &after).is_empty(), "{} changed nothing", form.path);
        before = after;
    }
}

#[test]
fn every_form_of_the_sources_is_in_the_table() {
    let listed: BTreeSet<String> =
        FORMS.iter().map(|form| sources::normalised(form.path)).collect();
    let found = sources::forms();
    let missing: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "not listed: {missing:?}, gone: {gone:?}");
}

#[test]
fn pages_change_things_by_forms_alone() {
    let others = sources::other_methods();
    assert!(others.is_empty(), "{others:?}");
}
