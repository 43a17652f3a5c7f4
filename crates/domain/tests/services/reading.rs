//! Lists of users, the audit log and the dashboard show what the caller may see (contract §1.5,
//! §5.3, §11, §12).

use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::{AuditLogId, UserId};
use wiwebb_domain::page::{ListRequest, PageSize, Place, Position};
use wiwebb_domain::user::{UserFilter, UserSort};

use crate::world::{FORBIDDEN, World, refusal};

type UserRequest = ListRequest<UserFilter, UserSort>;

fn names(world: &World, actor: &Actor, request: UserRequest) -> Vec<String> {
    let page = block_on(world.services.users.list(actor, Ok(request))).unwrap();
    page.items.iter().map(|view| view.user.username.to_string()).collect()
}

#[test]
fn the_list_of_users_is_bounded_by_the_role() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let admin = world.admin();
    let (olga, sam) = (world.owner("olga", home), world.subscriber("sam", home));
    world.user("attached", Role::Admin, Some(home));
    world.subscriber("stranger", away);
    let stray = world.user("stray", Role::TenantOwner, None);
    let all = |actor| names(&world, actor, UserRequest::default());
    assert_eq!(all(&admin), ["admin", "attached", "olga", "sam", "stranger", "stray"]);
    assert_eq!(all(&olga), ["attached", "olga", "sam"]);
    assert_eq!(all(&sam), ["sam"]);
    assert_eq!(all(&stray), ["stray"]);
}

#[test]
fn a_filter_by_tenant_never_widens_the_scope() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let olga = world.owner("olga", home);
    world.subscriber("stranger", away);
    let filter = UserFilter { tenant: Some(away.get().into()), ..UserFilter::default() };
    let request = UserRequest { filter, ..UserRequest::default() };
    assert_eq!(names(&world, &olga, request.clone()), [""; 0]);
    assert_eq!(names(&world, &world.admin(), request), ["stranger"]);
}

#[test]
fn pages_count_what_is_in_scope_and_a_page_too_far_is_none() {
    let world = World::new();
    let home = world.tenant("Home");
    let olga = world.owner("olga", home);
    for name in ["a1", "a2", "a3", "a4"] {
        world.subscriber(name, home);
    }
    world.admin();
    let of =
        |position| UserRequest { position, size: PageSize::clamped(2), ..UserRequest::default() };
    let last = block_on(world.services.users.list(&olga, Ok(of(Position::Last)))).unwrap();
    assert_eq!(last.place, Place::Numbered { number: 3, pages: 3, count: 5 });
    let beyond = block_on(world.services.users.list(&olga, Ok(of(Position::Number(4)))));
    assert!(matches!(beyond, Err(Error::NoSuchPage)));
}

#[test]
fn keyed_pages_walk_the_whole_scope_forth_and_back_without_repeating_a_row() {
    let world = World::new();
    let home = world.tenant("Home");
    let olga = world.owner("olga", home);
    for number in 0..6 {
        world.subscriber(&format!("s{number}"), home);
    }
    let page = |cursor| {
        let position = Position::Keyed(cursor);
        let request =
            UserRequest { position, size: PageSize::clamped(3), ..UserRequest::default() };
        let page = block_on(world.services.users.list(&olga, Ok(request))).unwrap();
        let names: Vec<String> =
            page.items.iter().map(|view| view.user.username.to_string()).collect();
        let Place::Keyed { next, previous } = page.place else {
            unreachable!("a keyed page was asked for");
        };
        (names, next, previous)
    };
    let (first, next, before) = page(None);
    assert_eq!((first.join(" "), before), ("olga s0 s1".to_owned(), None));
    let (second, next, previous) = page(next);
    assert_eq!(second.join(" "), "s2 s3 s4");
    assert_eq!(page(previous).0, first);
    let (third, next, _) = page(next);
    assert_eq!((third.join(" "), next), ("s5".to_owned(), None));
}

#[test]
fn an_unreadable_filter_is_told_to_whoever_may_list() {
    let world = World::new();
    let (admin, bob) = (world.admin(), world.user("bob", Role::Subscriber, None));
    let unread = || Err(Violations::of("actor", Violation::NotInteger).into());
    let list = |actor| refusal(block_on(world.services.audit_logs.list(actor, unread())));
    assert_eq!(list(&admin), "actor: A valid integer is required.");
    assert_eq!(list(&bob), FORBIDDEN, "the role comes first");
}

/// Two entries: about a subscriber of home, and about one elsewhere.
fn audited() -> (World, Actor, Actor) {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    let (sam, stranger) = (world.subscriber("sam", home), world.subscriber("stranger", away));
    for target in [sam, stranger] {
        block_on(world.services.users.set_active(&admin, target.user, Ok(false))).unwrap();
    }
    (world, admin, olga)
}

fn targets(world: &World, actor: &Actor) -> Vec<Option<String>> {
    let page = block_on(world.services.audit_logs.list(actor, Ok(ListRequest::default()))).unwrap();
    page.items.iter().map(|view| view.target_username.as_ref().map(ToString::to_string)).collect()
}

#[test]
fn an_owner_reads_the_entries_about_the_own_tenant_only() {
    let (world, admin, olga) = audited();
    let (sam, stranger) = (Some("sam".to_owned()), Some("stranger".to_owned()));
    let mut all = targets(&world, &admin);
    all.sort();
    assert_eq!(all, [sam.clone(), stranger]);
    assert_eq!(targets(&world, &olga), [sam]);

    let [about_sam, about_stranger] = world.audit().try_into().unwrap();
    let get = |actor, id| block_on(world.services.audit_logs.get(actor, id));
    assert_eq!(get(&olga, about_sam.id).unwrap().actor_username.unwrap().as_str(), "admin");
    assert_eq!(refusal(get(&olga, about_stranger.id)), FORBIDDEN);
    assert!(get(&admin, about_stranger.id).is_ok());
    assert!(matches!(get(&olga, AuditLogId::new(999)), Err(Error::NotFound(_))));
}

#[test]
fn the_entry_about_a_deleted_user_is_for_staff_alone() {
    let (world, admin, olga) = audited();
    let [about_sam, _] = world.audit().try_into().unwrap();
    block_on(world.services.users.delete(&admin, about_sam.target_id.unwrap())).unwrap();
    assert_eq!(targets(&world, &olga), [] as [Option<String>; 0]);
    let get = |actor| block_on(world.services.audit_logs.get(actor, about_sam.id));
    assert_eq!(refusal(get(&olga)), FORBIDDEN);
    assert_eq!(get(&admin).unwrap().target_username, None);
}

#[test]
fn subscribers_see_neither_the_audit_log_nor_figures() {
    let world = World::new();
    let home = world.tenant("Home");
    let stray = world.user("stray", Role::TenantOwner, None);
    for actor in [world.subscriber("sam", home), stray] {
        let logs = &world.services.audit_logs;
        assert_eq!(refusal(block_on(logs.list(&actor, Ok(ListRequest::default())))), FORBIDDEN);
        assert_eq!(refusal(block_on(logs.get(&actor, AuditLogId::new(999)))), FORBIDDEN);
        assert_eq!(refusal(block_on(world.services.dashboard.figures(&actor))), FORBIDDEN);
    }
}

#[test]
fn figures_cover_the_whole_system_or_the_own_tenant() {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    let (admin, olga) = (world.admin(), world.owner("olga", home));
    world.subscriber("sam", home);
    world.subscriber("stranger", away);
    let figures = |actor| block_on(world.services.dashboard.figures(actor)).unwrap();
    assert_eq!((figures(&admin).tenants, figures(&admin).users), (2, 4));
    assert_eq!((figures(&olga).tenants, figures(&olga).users), (1, 2));
}

#[test]
fn a_user_who_is_gone_is_told_so_by_their_own_data() {
    let world = World::new();
    let ghost =
        Actor { user: UserId::new(999), role: Role::Subscriber, tenant: None, written: None };
    let profile = block_on(world.services.accounts.profile(&ghost));
    assert!(matches!(profile, Err(Error::NotFound(_))));
}
