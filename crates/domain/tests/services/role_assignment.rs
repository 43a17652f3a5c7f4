//! Giving roles (contract §5.4): its own order of checks, row by row.

use chrono::Duration;
use futures_executor::block_on;
use serde_json::json;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::audit::AuditAction;
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::services::role_assignment::{AssignRoleError, RoleAssignment, TenantChoice};
use wiwebb_domain::testing::samples;
use wiwebb_domain::user::UserView;

use crate::world::{World, refusal};

const NOT_MANAGED: &str = "Insufficient permissions";

fn to(role: Role) -> RoleAssignment {
    RoleAssignment { role: Some(role), tenant: TenantChoice::Keep }
}

fn into(role: Role, tenant: TenantChoice) -> RoleAssignment {
    RoleAssignment { role: Some(role), tenant }
}

fn nothing() -> RoleAssignment {
    RoleAssignment { role: None, tenant: TenantChoice::Keep }
}

struct People {
    world: World,
    home: TenantId,
    away: TenantId,
    root: Actor,
    admin: Actor,
    olga: Actor,
    sam: Actor,
    attached: Actor,
    stranger: Actor,
}

fn people() -> People {
    let world = World::new();
    let (home, away) = (world.tenant("Home"), world.tenant("Elsewhere"));
    People {
        root: world.superadmin(),
        admin: world.admin(),
        olga: world.owner("olga", home),
        sam: world.subscriber("sam", home),
        attached: world.user("attached", Role::Admin, Some(home)),
        stranger: world.subscriber("stranger", away),
        world,
        home,
        away,
    }
}

impl People {
    fn assign(
        &self,
        actor: &Actor,
        id: UserId,
        assignment: RoleAssignment,
    ) -> Result<UserView, AssignRoleError> {
        block_on(self.world.services.users.assign_role(actor, id, Ok(assignment)))
    }

    /// Asserts the refusal, and that it left the target alone and wrote nothing.
    fn refuses(&self, actor: &Actor, target: &Actor, assignment: RoleAssignment, text: &str) {
        let before = self.world.stored(target.user);
        let shown = format!("{assignment:?}");
        assert_eq!(refusal(self.assign(actor, target.user, assignment)), text, "{shown}");
        assert_eq!(self.world.stored(target.user), before, "{shown}");
        assert!(self.world.audit().is_empty(), "{shown}");
    }
}

#[test]
fn row_1_an_id_without_a_row_is_not_found_by_anybody_with_anything() {
    let people = people();
    for actor in [people.root, people.olga, people.sam] {
        for assignment in [nothing(), to(Role::Superadmin)] {
            let result = people.assign(&actor, UserId::new(999), assignment);
            assert!(matches!(result, Err(AssignRoleError::Other(Error::NotFound(_)))));
        }
    }
}

#[test]
fn row_2_an_absent_or_unknown_role_is_told_before_any_right() {
    let people = people();
    for (actor, target) in
        [(people.sam, people.olga), (people.olga, people.stranger), (people.admin, people.root)]
    {
        people.refuses(&actor, &target, nothing(), "Invalid role");
    }
}

#[test]
fn row_3_a_subscriber_assigns_nothing_not_even_to_oneself() {
    let people = people();
    let stray = people.world.user("stray", Role::TenantOwner, None);
    for actor in [people.sam, stray] {
        for target in [people.sam, people.olga, people.stranger] {
            people.refuses(&actor, &target, to(Role::Subscriber), NOT_MANAGED);
        }
    }
}

#[test]
fn row_4_an_owner_gives_subscriber_only_wherever_the_target_is() {
    let people = people();
    for target in [people.sam, people.olga, people.stranger, people.root] {
        for role in [Role::Superadmin, Role::Admin, Role::TenantOwner] {
            people.refuses(&people.olga, &target, to(role), "Can only assign Subscriber role");
        }
    }
}

#[test]
fn row_5_an_owner_reaches_no_user_outside_the_own_tenant() {
    let people = people();
    for target in [people.stranger, people.root, people.admin] {
        let text = "Cannot modify users from other tenants";
        people.refuses(&people.olga, &target, to(Role::Subscriber), text);
    }
}

#[test]
fn row_6_an_admin_makes_no_superadmin_whoever_the_target_is() {
    let people = people();
    for target in [people.sam, people.root, people.admin] {
        let text = "Cannot assign SuperAdmin role";
        people.refuses(&people.admin, &target, to(Role::Superadmin), text);
    }
}

#[test]
fn row_7_whom_the_caller_does_not_manage_keeps_the_role() {
    let people = people();
    people.refuses(&people.admin, &people.root, to(Role::Subscriber), NOT_MANAGED);
    people.refuses(&people.olga, &people.attached, to(Role::Subscriber), NOT_MANAGED);
}

#[test]
fn row_8_nobody_changes_the_own_role_and_that_is_told_before_the_tenant() {
    let people = people();
    let text = "Cannot change your own role";
    people.refuses(&people.root, &people.root, to(Role::Superadmin), text);
    people.refuses(&people.admin, &people.admin, to(Role::Admin), text);
    people.refuses(&people.olga, &people.olga, to(Role::Subscriber), text);
    let elsewhere = into(Role::Subscriber, TenantChoice::Move(999));
    people.refuses(&people.admin, &people.admin, elsewhere, text);
}

#[test]
fn row_9_an_unknown_tenant_is_refused_for_staff() {
    let people = people();
    for (sent, text) in [(999, "999"), (0, "0"), (i64::MAX, "9223372036854775807")] {
        for actor in [people.root, people.admin] {
            let moved = into(Role::TenantOwner, TenantChoice::Move(sent));
            let text = format!("tenant: Invalid pk \"{text}\" - object does not exist.");
            people.refuses(&actor, &people.sam, moved, &text);
        }
    }
    let unreadable = TenantChoice::Unreadable(Violation::NotAKey { found: "str" });
    people.refuses(
        &people.admin,
        &people.sam,
        into(Role::Subscriber, unreadable),
        "tenant: Incorrect type. Expected pk value, received str.",
    );
}

#[test]
fn row_10_an_owner_has_a_tenant() {
    let people = people();
    let text = "tenant: This field is required.";
    let stray = people.world.user("stray", Role::Subscriber, None);
    people.refuses(&people.admin, &stray, to(Role::TenantOwner), text);
    let cleared = into(Role::TenantOwner, TenantChoice::Clear);
    people.refuses(&people.admin, &people.sam, cleared, text);
}

#[test]
fn unreadable_input_is_told_behind_the_existence_of_the_row() {
    let people = people();
    let unreadable = || Err(Violations::of("non_field_errors", Violation::Required).into());
    let users = &people.world.services.users;
    let nobody = block_on(users.assign_role(&people.admin, UserId::new(999), unreadable()));
    assert!(matches!(nobody, Err(AssignRoleError::Other(Error::NotFound(_)))));
    let result = block_on(users.assign_role(&people.admin, people.sam.user, unreadable()));
    assert!(matches!(result, Err(AssignRoleError::Other(Error::Invalid(_)))));
}

#[test]
fn a_role_that_is_given_is_audited_and_the_keys_live_on_with_it() {
    let people = people();
    let key = people.world.key_of("sam");
    let now = people.world.clock.advance(Duration::minutes(1));
    let view = people.assign(&people.admin, people.sam.user, to(Role::TenantOwner)).unwrap();
    assert_eq!((view.user.role, view.user.tenant_id), (Role::TenantOwner, Some(people.home)));
    assert_eq!(view.user, people.world.stored(people.sam.user));
    let [entry] = people.world.audit().try_into().unwrap();
    assert_eq!(entry.action, AuditAction::RoleChanged);
    assert_eq!(
        (entry.actor_id, entry.target_id, entry.timestamp),
        (Some(people.admin.user), Some(people.sam.user), now)
    );
    let details = json!({
        "old_role": "subscriber", "new_role": "tenant_owner", "changed_by": "admin@example.org"
    });
    assert_eq!(entry.details, samples::object(details));

    let accounts = &people.world.services.accounts;
    let session = block_on(accounts.authenticate(&key)).unwrap().unwrap();
    assert_eq!(session.actor.role, Role::TenantOwner);
}

#[test]
fn an_owner_makes_another_owner_of_the_tenant_a_subscriber() {
    let people = people();
    let oleg = people.world.owner("oleg", people.home);
    let view = people.assign(&people.olga, oleg.user, to(Role::Subscriber)).unwrap();
    assert_eq!((view.user.role, view.user.tenant_id), (Role::Subscriber, Some(people.home)));
}

#[test]
fn staff_move_a_user_at_the_same_time_and_the_entry_tells_from_where_to_where() {
    let people = people();
    let away = people.away.get();
    let moved = into(Role::TenantOwner, TenantChoice::Move(away.into()));
    let view = people.assign(&people.root, people.sam.user, moved).unwrap();
    assert_eq!(view.user.tenant_id, Some(people.away));
    assert_eq!(view.tenant.map(|tenant| tenant.id), Some(people.away), "the answer shows it");
    let [entry] = people.world.audit().try_into().unwrap();
    let details = json!({
        "old_role": "subscriber", "new_role": "tenant_owner",
        "old_tenant": people.home.get(), "new_tenant": away, "changed_by": "root@example.org"
    });
    assert_eq!(entry.details, samples::object(details));
}

#[test]
fn staff_take_a_user_out_of_a_tenant() {
    let people = people();
    let cleared = into(Role::Subscriber, TenantChoice::Clear);
    let view = people.assign(&people.admin, people.sam.user, cleared).unwrap();
    assert_eq!((view.user.tenant_id, view.tenant), (None, None));
    let [entry] = people.world.audit().try_into().unwrap();
    let details = json!({
        "old_role": "subscriber", "new_role": "subscriber",
        "old_tenant": people.home.get(), "new_tenant": null, "changed_by": "admin@example.org"
    });
    assert_eq!(entry.details, samples::object(details));
}

#[test]
fn the_tenant_that_an_owner_sends_is_not_heeded() {
    let people = people();
    let oleg = people.world.owner("oleg", people.home);
    let away = i64::from(people.away.get());
    for choice in [
        TenantChoice::Move(away),
        TenantChoice::Move(999),
        TenantChoice::Clear,
        TenantChoice::Unreadable(Violation::NotAKey { found: "str" }),
    ] {
        let view = people.assign(&people.olga, oleg.user, into(Role::Subscriber, choice)).unwrap();
        assert_eq!(view.user.tenant_id, Some(people.home));
    }
}

#[test]
fn the_present_role_and_tenant_again_succeed_and_tell_nothing() {
    let people = people();
    let home = i64::from(people.home.get());
    for (actor, choice) in [
        (people.olga, TenantChoice::Keep),
        (people.admin, TenantChoice::Keep),
        (people.admin, TenantChoice::Move(home)),
    ] {
        let same = into(Role::Subscriber, choice);
        assert!(people.assign(&actor, people.sam.user, same).is_ok());
    }
    assert!(people.world.audit().is_empty());
}

#[test]
fn a_superadmin_makes_and_unmakes_superadmins() {
    let people = people();
    let max = people.world.user("max", Role::Superadmin, None);
    assert!(people.assign(&people.root, max.user, to(Role::Subscriber)).is_ok());
    assert!(people.assign(&people.root, max.user, to(Role::Superadmin)).is_ok());
    assert_eq!(people.world.audit().len(), 2);
}
