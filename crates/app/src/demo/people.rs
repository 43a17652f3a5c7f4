//! Demo tenants, users and todos.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use uuid::Uuid;
use wiwebb_domain::access::Role;
use wiwebb_domain::error::Violation;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::password::PasswordHash;
use wiwebb_domain::tenant::NewTenant;
use wiwebb_domain::text::{
    EmailAddress, LongText, PersonName, PhoneNumber, ShortText, Slug, Task, TenantName, Username,
    WebUrl,
};
use wiwebb_domain::todo::NewTodo;
use wiwebb_domain::user::{NewUser, Profile};
use wiwebb_persistence::bulk::Dated;

use super::dice::Dice;
use super::words::{FIRST_NAMES, KINDS, LAST_NAMES, LOCATIONS, PLACES, TASKS};

const TENANT: u64 = 1;
const USER: u64 = 2;
const TODO: u64 = 3;
const CHANGE: u64 = 5;

/// Tenants are older than this many days, users and payments younger.
pub(super) const OLDEST_USER: u32 = 390;

/// The `index`-th tenant, its external identity and when it was founded.
pub(super) fn tenant(
    index: u32,
    now: DateTime<Utc>,
) -> Result<Dated<(NewTenant, Uuid)>, Violation> {
    let mut dice = Dice::of(TENANT, index.into());
    let name = tenant_name(index);
    let slug = slug(&name);
    let tenant = NewTenant {
        email: Some(EmailAddress::new(&format!("office@{slug}.example"))?),
        url: Some(WebUrl::new(&format!("https://{slug}.example/"))?),
        description: Some(LongText::new(&format!("Guest Wi-Fi of {name}."))?),
        is_active: !dice.chance(8),
        name: TenantName::new(&name)?,
        slug: Slug::new(&slug)?,
    };
    let uuid = uuid::Builder::from_random_bytes(dice.bytes()).into_uuid();
    let age = Duration::days(i64::from(OLDEST_USER + 10 + dice.below(300)));
    Ok(((tenant, uuid), now - age))
}

/// Goes through all pairs of a place and a kind before it numbers them.
fn tenant_name(index: u32) -> String {
    let (places, kinds) = (PLACES.len(), KINDS.len());
    let index = usize::try_from(index).unwrap_or_default();
    let round = index / (places * kinds);
    // Both move at once, so that the first few differ in both; the shift keeps pairs apart.
    let kind = (index + index / places) % kinds;
    let name = format!("{} {}", PLACES[index % places], KINDS[kind]);
    if round == 0 { name } else { format!("{name} {}", round + 1) }
}

fn slug(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            'é' => 'e',
            ' ' => '-',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// The `index`-th user. With as many tenants as there are, the first user of each owns it.
pub(super) fn user(
    index: u32,
    tenants: &[TenantId],
    password: &PasswordHash,
    now: DateTime<Utc>,
) -> Result<NewUser, Violation> {
    let mut dice = Dice::of(USER, index.into());
    let (first, last) = (dice.pick(FIRST_NAMES), dice.pick(LAST_NAMES));
    let place = usize::try_from(index).unwrap_or_default();
    let tenant = tenants.get(place % tenants.len().max(1)).copied();
    let is_owner = place < tenants.len();
    let login = format!("{}.{}{index}", ascii(first), ascii(last));
    let mut profile = Profile {
        first_name: Some(PersonName::new(first)?),
        last_name: Some(PersonName::new(last)?),
        ..Profile::default()
    };
    if dice.chance(70) {
        let number = format!("+49 30 555 {:04}", dice.below(10_000));
        profile.phone_number = Some(PhoneNumber::new(&number)?);
    }
    if dice.chance(60) {
        profile.location = Some(ShortText::new(dice.pick(LOCATIONS))?);
    }
    if dice.chance(40) {
        let (year, day) = (1950 + dice.below(55).cast_signed(), 1 + dice.below(365));
        profile.birth_date = NaiveDate::from_yo_opt(year, day);
    }
    Ok(NewUser {
        username: Username::new(&login)?,
        email: EmailAddress::new(&format!("{login}@people.example"))?,
        password: password.clone(),
        role: if is_owner { Role::TenantOwner } else { Role::Subscriber },
        tenant_id: tenant,
        profile,
        is_active: is_owner || !dice.chance(6),
        date_joined: now - minutes_before(&mut dice, 1, OLDEST_USER),
    })
}

/// Letters of ASCII alone, for login names that are easy to type.
fn ascii(name: &str) -> String {
    let plain = |c: char| match c {
        'é' | 'è' => Some('e'),
        'ö' => Some('o'),
        'í' | 'ı' => Some('i'),
        'á' => Some('a'),
        c if c.is_ascii_alphabetic() => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    name.chars().filter_map(plain).collect()
}

/// A login that the documentation names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Login {
    pub(super) username: &'static str,
    pub(super) role: Role,
}

/// The logins everybody can try the demo with.
pub(super) const LOGINS: [Login; 4] = [
    Login { username: "demo-superadmin", role: Role::Superadmin },
    Login { username: "demo-admin", role: Role::Admin },
    Login { username: "demo-owner", role: Role::TenantOwner },
    Login { username: "demo-subscriber", role: Role::Subscriber },
];

/// The user of a demo login; owner and subscriber belong to the same tenant.
pub(super) fn login(
    &Login { username, role }: &Login,
    tenant: Option<TenantId>,
    password: &PasswordHash,
    now: DateTime<Utc>,
) -> Result<NewUser, Violation> {
    Ok(NewUser {
        username: Username::new(username)?,
        email: EmailAddress::new(&format!("{username}@wiwebb.example"))?,
        password: password.clone(),
        role,
        tenant_id: tenant.filter(|_| role.needs_tenant()),
        profile: Profile {
            first_name: Some(PersonName::new("Demo")?),
            last_name: Some(PersonName::new(&role.as_str().replace('_', " "))?),
            bio: Some(LongText::new("One of the logins that are for the demo only.")?),
            ..Profile::default()
        },
        is_active: true,
        date_joined: now - Duration::days(OLDEST_USER.into()),
    })
}

/// The `number`-th todo of the `index`-th user and when it was written.
pub(super) fn todo(
    (index, number): (u32, u32),
    joined: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Dated<NewTodo>, Violation> {
    let mut dice = Dice::of(TODO, u64::from(index) << 16 | u64::from(number));
    let todo = NewTodo { task: Task::new(dice.pick(TASKS))?, completed: dice.chance(45) };
    let written = now - minutes_before(&mut dice, 0, 60);
    Ok((todo, written.max(joined)))
}

/// A duration of so many days at least and at most, to the minute.
pub(super) fn minutes_before(dice: &mut Dice, least: u32, most: u32) -> Duration {
    const DAY: u32 = 24 * 60;
    Duration::minutes(i64::from(least * DAY + dice.below((most - least) * DAY)))
}

/// An instant between two others, for the `index`-th user.
pub(super) fn between(index: u32, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let minutes = u32::try_from((to - from).num_minutes()).unwrap_or_default();
    from + Duration::minutes(Dice::of(CHANGE, index.into()).below(minutes).into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-15T10:00:00Z".parse().unwrap()
    }

    #[test]
    fn ten_thousand_tenants_are_valid_and_differ_in_name_slug_and_uuid() {
        let tenants: Vec<_> = (0..10_000).map(|index| tenant(index, now()).unwrap().0).collect();
        let distinct = |values: BTreeSet<String>| assert_eq!(values.len(), tenants.len());
        distinct(tenants.iter().map(|(tenant, _)| tenant.name.to_string()).collect());
        distinct(tenants.iter().map(|(tenant, _)| tenant.slug.to_string()).collect());
        distinct(tenants.iter().map(|(_, uuid)| uuid.to_string()).collect());
    }

    #[test]
    fn users_differ_and_the_first_of_each_tenant_owns_it() {
        let tenants = [7, 8, 9].map(TenantId::new);
        let hash = PasswordHash::new("x");
        let users: Vec<_> =
            (0..3_000).map(|index| user(index, &tenants, &hash, now()).unwrap()).collect();
        let names: BTreeSet<_> = users.iter().map(|user| user.username.as_str()).collect();
        let emails: BTreeSet<_> = users.iter().map(|user| user.email.folded()).collect();
        assert_eq!((names.len(), emails.len()), (users.len(), users.len()));
        let owners: Vec<_> = users.iter().filter(|u| u.role == Role::TenantOwner).collect();
        assert_eq!(owners.iter().filter_map(|u| u.tenant_id).collect::<Vec<_>>(), tenants);
        assert!(owners.iter().all(|user| user.is_active));
        assert!(users.iter().any(|user| !user.is_active));
        assert_eq!(users[0], user(0, &tenants, &hash, now()).unwrap(), "the same every time");
    }

    #[test]
    fn every_role_has_a_demo_login_and_those_of_a_tenant_share_it() {
        let tenant = Some(TenantId::new(7));
        let hash = PasswordHash::new("x");
        for (kind, role) in LOGINS.iter().zip(Role::ALL) {
            let user = login(kind, tenant, &hash, now()).unwrap();
            assert_eq!(user.role, role);
            assert_eq!(user.tenant_id, tenant.filter(|_| role.needs_tenant()));
        }
    }

    #[test]
    fn nobody_writes_a_todo_before_joining() {
        let joined = now() - Duration::days(3);
        for index in 0..200 {
            let (_, written) = todo((index, 0), joined, now()).unwrap();
            assert!((joined..=now()).contains(&written));
            assert!((joined..=now()).contains(&between(index, joined, now())));
        }
    }
}
