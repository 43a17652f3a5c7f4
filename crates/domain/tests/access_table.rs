//! The whole table of contract §2: every action, for every kind of caller, on every relation an
//! object can have to the caller. The tables are written from the contract; where one fails, it is
//! the code that has to explain itself.

use wiwebb_domain::access::{
    Action, Actor, Denial, Object, Role, Scope, decide, may_give_role, permit_role, scope,
};
use wiwebb_domain::ids::{TenantId, UserId};

const HOME: TenantId = TenantId::new(1);
const AWAY: TenantId = TenantId::new(2);
const CALLER: UserId = UserId::new(10);
const OTHER: UserId = UserId::new(11);

/// The columns of every table below, from left to right.
const CALLERS: [(&str, Role, Option<TenantId>); 8] = [
    ("superadmin", Role::Superadmin, None),
    ("superadmin attached to home", Role::Superadmin, Some(HOME)),
    ("admin", Role::Admin, None),
    ("admin attached to home", Role::Admin, Some(HOME)),
    ("owner of home", Role::TenantOwner, Some(HOME)),
    ("owner without tenant", Role::TenantOwner, None),
    ("subscriber of home", Role::Subscriber, Some(HOME)),
    ("subscriber without tenant", Role::Subscriber, None),
];

fn callers() -> [(&'static str, Actor); 8] {
    CALLERS.map(|(name, role, tenant)| {
        let actor = Actor { user: CALLER, role, tenant, written: None };
        (name, actor)
    })
}

/// The letters of the tables.
fn letter(decision: Result<(), Denial>) -> char {
    match decision {
        Ok(()) => '+',
        Err(Denial::Role) => 'r',
        Err(Denial::OutOfReach) => 'o',
        Err(Denial::Oneself) => 's',
        Err(Denial::SuperadminRole) => 'S',
        Err(Denial::OtherThanSubscriber) => 'b',
    }
}

/// One row: an action, and a word for each caller with a letter for each object of the table.
type Row = (Action, [&'static str; 8]);

/// "own" and "another" tenant, as the owner and the subscriber of home see them.
const TENANTS: [(&str, Object); 2] =
    [("home", Object::Tenant(HOME)), ("another tenant", Object::Tenant(AWAY))];

/// Actions on a tenant. A user is created in a tenant, a dashboard shown for one. Nobody's role
/// keeps them from the tenant they belong to, and it is the only one `tenants/me/` reaches.
#[rustfmt::skip]
const ON_TENANTS: [Row; 10] = {
    use Action as A;
    [
    //                   superadmin  @home  admin  @home  owner  (none)  subscriber  (none)
    (A::ListTenants,    ["++",       "++",  "++",  "++",  "+o",  "oo",   "oo",       "oo"]),
    (A::ReadTenant,     ["++",       "++",  "++",  "++",  "+o",  "rr",   "rr",       "rr"]),
    (A::ReadOwnTenant,  ["oo",       "+o",  "oo",  "+o",  "+o",  "oo",   "+o",       "oo"]),
    (A::CreateTenant,   ["++",       "++",  "++",  "++",  "rr",  "rr",   "rr",       "rr"]),
    (A::UpdateTenant,   ["++",       "++",  "++",  "++",  "+o",  "rr",   "rr",       "rr"]),
    (A::SwitchTenant,   ["++",       "++",  "++",  "++",  "rr",  "rr",   "rr",       "rr"]),
    (A::MoveToTenant,   ["++",       "++",  "++",  "++",  "rr",  "rr",   "rr",       "rr"]),
    (A::DeleteTenant,   ["++",       "++",  "++",  "++",  "rr",  "rr",   "rr",       "rr"]),
    (A::CreateUser,     ["++",       "++",  "++",  "++",  "+o",  "rr",   "rr",       "rr"]),
    (A::ViewDashboard,  ["++",       "++",  "++",  "++",  "+o",  "rr",   "rr",       "rr"]),
    ]
};

/// Users other than the caller, who comes first: the letters after the first one.
const USERS: [(&str, Role, Option<TenantId>); 11] = [
    ("subscriber of home", Role::Subscriber, Some(HOME)),
    ("owner of home", Role::TenantOwner, Some(HOME)),
    ("admin attached to home", Role::Admin, Some(HOME)),
    ("superadmin attached to home", Role::Superadmin, Some(HOME)),
    ("subscriber of another tenant", Role::Subscriber, Some(AWAY)),
    ("owner of another tenant", Role::TenantOwner, Some(AWAY)),
    ("subscriber without tenant", Role::Subscriber, None),
    ("owner without tenant", Role::TenantOwner, None),
    ("admin", Role::Admin, None),
    ("superadmin", Role::Superadmin, None),
    ("admin attached to another tenant", Role::Admin, Some(AWAY)),
];

/// Actions on a user: oneself, the four of home, the two of another tenant, the two without tenant,
/// admin, superadmin, admin elsewhere.
#[rustfmt::skip]
const ON_USERS: [Row; 9] = {
    use Action as A;
    const ALL: &str = "+ ++++ ++ ++ +++";
    const SELF: &str = "+ oooo oo oo ooo";
    const NONE: &str = "r rrrr rr rr rrr";
    [
    (A::ListUsers, [
        ALL,                // superadmin
        ALL,                // superadmin attached to home
        ALL,                // admin
        ALL,                // admin attached to home
        "+ ++++ oo oo ooo", // owner of home
        SELF, SELF, SELF,   // owner without tenant, subscriber of home, subscriber without tenant
    ]),
    (A::ReadUser, [
        ALL, ALL,
        ALL, ALL,
        "+ ++++ oo oo ooo",
        SELF, SELF, SELF,
    ]),
    (A::UpdateUser, [
        ALL, ALL,
        "+ +++o ++ ++ +o+", "+ +++o ++ ++ +o+",
        "+ ++oo oo oo ooo",
        SELF, SELF, SELF,
    ]),
    (A::ExportUser, [
        ALL, ALL,
        "+ +++o ++ ++ +o+", "+ +++o ++ ++ +o+",
        "+ ++oo oo oo ooo",
        SELF, SELF, SELF,
    ]),
    (A::DeleteUser, [
        "s ++++ ++ ++ +++", "s ++++ ++ ++ +++",
        "s +++o ++ ++ +o+", "s +++o ++ ++ +o+",
        "s ++oo oo oo ooo",
        NONE, NONE, NONE,
    ]),
    (A::AssignRole, [
        "s ++++ ++ ++ +++", "s ++++ ++ ++ +++",
        "s +++o ++ ++ +o+", "s +++o ++ ++ +o+",
        "s ++oo oo oo ooo",
        NONE, NONE, NONE,
    ]),
    (A::SetPassword, [
        "s ++++ ++ ++ +++", "s ++++ ++ ++ +++",
        "s +++o ++ ++ +o+", "s +++o ++ ++ +o+",
        "s ++oo oo oo ooo",
        NONE, NONE, NONE,
    ]),
    (A::SetActive, [
        "s ++++ ++ ++ +++", "s ++++ ++ ++ +++",
        "s +++o ++ ++ +o+", "s +++o ++ ++ +o+",
        "s ++oo oo oo ooo",
        NONE, NONE, NONE,
    ]),
    (A::RevokeKeys, [
        "s ++++ ++ ++ +++", "s ++++ ++ ++ +++",
        "s +++o ++ ++ +o+", "s +++o ++ ++ +o+",
        "s ++oo oo oo ooo",
        NONE, NONE, NONE,
    ]),
    ]
};

/// Things that belong to others than the caller, whose own come first.
const OWNED: [(&str, Option<UserId>, Option<TenantId>); 4] = [
    ("somebody's of home", Some(OTHER), Some(HOME)),
    ("somebody's of another tenant", Some(OTHER), Some(AWAY)),
    ("somebody's without tenant", Some(OTHER), None),
    ("a deleted user's", None, None),
];

/// Actions on what belongs to a user: one's own, of home, of another tenant, of somebody without
/// tenant, of a deleted user.
#[rustfmt::skip]
const ON_OWNED: [Row; 11] = {
    use Action as A;
    const ALL: &str = "+++++";
    const OWN: &str = "+oooo";
    const NONE: &str = "rrrrr";
    [
    //                     superadmin  @home  admin  @home  owner    (none)  subscriber  (none)
    (A::UseTodos,         [OWN,        OWN,   OWN,   OWN,   OWN,     OWN,    OWN,        OWN]),
    (A::UseKeys,          [OWN,        OWN,   OWN,   OWN,   OWN,     OWN,    OWN,        OWN]),
    (A::UseSubscription,  [OWN,        OWN,   OWN,   OWN,   OWN,     OWN,    OWN,        OWN]),
    (A::ReadPayments,     [ALL,        ALL,   ALL,   ALL,   "++ooo", OWN,    OWN,        OWN]),
    (A::CreatePayment,    [OWN,        OWN,   OWN,   OWN,   OWN,     OWN,    OWN,        OWN]),
    (A::CapturePayment,   [ALL,        ALL,   ALL,   ALL,   NONE,    NONE,   NONE,       NONE]),
    (A::RefundPayment,    [ALL,        ALL,   ALL,   ALL,   NONE,    NONE,   NONE,       NONE]),
    (A::ConfirmPayment,   [ALL,        ALL,   ALL,   ALL,   NONE,    NONE,   NONE,       NONE]),
    (A::ReleasePayment,   [ALL,        ALL,   ALL,   ALL,   NONE,    NONE,   NONE,       NONE]),
    (A::CancelPayment,    [ALL,        ALL,   ALL,   ALL,   OWN,     OWN,    OWN,        OWN]),
    (A::ReadAuditLogs,    [ALL,        ALL,   ALL,   ALL,   "++ooo", NONE,   NONE,       NONE]),
    ]
};

/// Actions on what belongs to the system.
#[rustfmt::skip]
const ON_SHARED: [Row; 6] = {
    use Action as A;
    [
    //                         superadmin  @home  admin  @home  owner  (none)  subscriber  (none)
    (A::ReadPlans,            ["+",        "+",   "+",   "+",   "+",   "+",    "+",        "+"]),
    (A::WritePlans,           ["+",        "+",   "+",   "+",   "r",   "r",    "r",        "r"]),
    (A::ListGateways,         ["+",        "+",   "+",   "+",   "+",   "+",    "+",        "+"]),
    (A::ConfigureGateways,    ["+",        "+",   "+",   "+",   "r",   "r",    "r",        "r"]),
    (A::ManageWebhookEvents,  ["+",        "+",   "+",   "+",   "r",   "r",    "r",        "r"]),
    (A::ManageServiceKeys,    ["+",        "+",   "+",   "+",   "r",   "r",    "r",        "r"]),
    ]
};

fn tenants(_: &Actor) -> Vec<(&'static str, Object)> {
    TENANTS.to_vec()
}

fn users(actor: &Actor) -> Vec<(&'static str, Object)> {
    let oneself = Object::User { id: actor.user, role: actor.role, tenant: actor.tenant };
    let others = USERS.map(|(name, role, tenant)| {
        let object = Object::User { id: OTHER, role, tenant };
        (name, object)
    });
    std::iter::once(("oneself", oneself)).chain(others).collect()
}

fn owned(actor: &Actor) -> Vec<(&'static str, Object)> {
    let own = Object::Owned { owner: Some(actor.user), tenant: actor.tenant };
    let others = OWNED.map(|(name, owner, tenant)| (name, Object::Owned { owner, tenant }));
    std::iter::once(("one's own", own)).chain(others).collect()
}

fn shared(_: &Actor) -> Vec<(&'static str, Object)> {
    vec![("the system's", Object::Shared)]
}

type Objects = fn(&Actor) -> Vec<(&'static str, Object)>;

fn tables() -> [(&'static [Row], Objects); 4] {
    [(&ON_TENANTS, tenants), (&ON_USERS, users), (&ON_OWNED, owned), (&ON_SHARED, shared)]
}

#[test]
fn every_action_has_its_row_in_one_table_and_once() {
    let mut stated: Vec<Action> =
        tables().iter().flat_map(|(rows, _)| rows.iter().map(|(action, _)| *action)).collect();
    stated.sort_unstable();
    let mut all = Action::ALL.to_vec();
    all.sort_unstable();
    assert_eq!(stated, all, "an action without a row, or with two: add it to its table");
}

#[test]
fn every_cell_of_the_table_is_decided_as_the_contract_says() {
    let mut wrong = Vec::new();
    for (rows, objects) in tables() {
        for (action, cells) in rows {
            for ((caller, actor), cell) in callers().iter().zip(cells) {
                let objects = objects(actor);
                let expected: Vec<char> = cell.chars().filter(|c| *c != ' ').collect();
                assert_eq!(expected.len(), objects.len(), "{action:?}, {caller}: {cell:?}");
                for ((name, object), expected) in objects.into_iter().zip(expected) {
                    let found = letter(decide(actor, *action, object));
                    if found != expected {
                        wrong.push(format!(
                            "{action:?} by {caller} on {name}: {found}, not {expected}"
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Which roles a caller may give: superadmin, admin, tenant owner, subscriber.
#[rustfmt::skip]
const GIFTS: [&str; 8] = [
    "++++", // superadmin
    "++++", // superadmin attached to home
    "S+++", // admin
    "S+++", // admin attached to home
    "bbb+", // owner of home
    "rrrr", // owner without tenant
    "rrrr", // subscriber of home
    "rrrr", // subscriber without tenant
];

#[test]
fn roles_are_given_as_the_contract_says() {
    for ((caller, actor), expected) in callers().iter().zip(GIFTS) {
        let found: String =
            Role::ALL.iter().map(|role| letter(may_give_role(actor, *role))).collect();
        assert_eq!(found, expected, "{caller}");
    }
}

/// What lists and figures show: `E`verything, the own `T`enant's, one's `O`wn, or `-` for a `403`.
/// A list of tenants for whoever sees only what is one's own is empty.
#[rustfmt::skip]
const SCOPES: [(Action, &str); 7] = [
    // superadmin, attached, admin, attached, owner, without tenant, subscriber, without tenant
    (Action::ListTenants,   "EEEE TO OO"),
    (Action::ListUsers,     "EEEE TO OO"),
    (Action::UseTodos,      "OOOO OO OO"),
    (Action::UseKeys,       "OOOO OO OO"),
    (Action::ReadPayments,  "EEEE TO OO"),
    (Action::ViewDashboard, "EEEE T- --"),
    (Action::ReadAuditLogs, "EEEE T- --"),
];

#[test]
fn lists_show_the_rows_the_contract_says() {
    for (action, expected) in SCOPES {
        let found: String = callers()
            .iter()
            .map(|(_, actor)| match scope(actor, action) {
                Ok(Scope::Everything) => 'E',
                Ok(Scope::Tenant(HOME)) => 'T',
                Ok(Scope::Oneself(CALLER)) => 'O',
                Ok(_) => '?', // nobody's scope among these callers
                Err(_) => '-',
            })
            .collect();
        assert_eq!(found, expected.replace(' ', ""), "{action:?}");
    }
}

fn everything(actor: &Actor) -> Vec<(&'static str, Object)> {
    [tenants, users, owned, shared].iter().flat_map(|objects: &Objects| objects(actor)).collect()
}

#[test]
fn a_role_is_refused_before_the_object_is_known_exactly_where_it_is_refused_on_every_object() {
    for (caller, actor) in callers() {
        for action in Action::ALL.iter().copied() {
            let refused = permit_role(&actor, action) == Err(Denial::Role);
            assert_eq!(permit_role(&actor, action).is_err(), refused);
            assert_eq!(scope(&actor, action).is_err(), refused, "{action:?} by {caller}");
            for (name, object) in everything(&actor) {
                assert_eq!(
                    decide(&actor, action, object) == Err(Denial::Role),
                    refused,
                    "{action:?} by {caller} on {name}"
                );
            }
        }
    }
}

/// Whether a scope covers a row, as a store sees it: by owner and tenant column.
fn covers(scope: Scope, object: Object) -> bool {
    match object {
        Object::Tenant(id) => scope.covers(None, Some(id)),
        Object::User { id, tenant, .. } => scope.covers(Some(id), tenant),
        Object::Owned { owner, tenant } => scope.covers(owner, tenant),
        Object::Shared => scope == Scope::Everything,
    }
}

/// The actions by which rows are looked at, with the rows they are about.
const READING: [(Action, Objects); 9] = [
    (Action::ListTenants, tenants),
    (Action::ReadTenant, tenants),
    (Action::ReadOwnTenant, tenants),
    (Action::ListUsers, users),
    (Action::ReadUser, users),
    (Action::ReadPayments, owned),
    (Action::ReadAuditLogs, owned),
    (Action::UseTodos, owned),
    (Action::UseKeys, owned),
];

#[test]
fn a_scope_covers_exactly_the_rows_that_may_be_read() {
    for (caller, actor) in callers() {
        for (action, objects) in READING {
            for (name, object) in objects(&actor) {
                let covered = scope(&actor, action).is_ok_and(|scope| covers(scope, object));
                let allowed = decide(&actor, action, object).is_ok();
                assert_eq!(covered, allowed, "{action:?} by {caller} on {name}");
            }
        }
    }
}

/// A use case looks the object up within the scope and decides afterwards; a scope that is too
/// narrow would hide what the decision allows.
#[test]
fn a_scope_covers_at_least_what_may_be_changed() {
    for (caller, actor) in callers() {
        for (rows, objects) in tables() {
            for (action, (name, object)) in rows
                .iter()
                .flat_map(|(action, _)| objects(&actor).into_iter().map(move |o| (*action, o)))
            {
                let decision = decide(&actor, action, object);
                if matches!(decision, Ok(()) | Err(Denial::Oneself)) {
                    let scope = scope(&actor, action);
                    assert!(
                        scope.is_ok_and(|scope| covers(scope, object)) || object == Object::Shared,
                        "{action:?} by {caller} on {name}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_tenant_gives_staff_nothing_and_takes_nothing_from_them() {
    for role in [Role::Superadmin, Role::Admin] {
        let of = |tenant| Actor { user: CALLER, role, tenant, written: None };
        for action in Action::ALL.iter().copied() {
            if action == Action::ReadOwnTenant {
                continue; // the tenant one belongs to is the very thing asked for
            }
            for (name, object) in everything(&of(None)) {
                assert_eq!(
                    decide(&of(None), action, object),
                    decide(&of(Some(HOME)), action, object),
                    "{action:?} by {role} on {name}"
                );
            }
        }
    }
}
