//! Who gets onto the network, how far, and what of it one sees.

use std::num::NonZeroU32;

use chrono::Duration;
use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::{TenantId, UserId};
use wiwebb_domain::lockout::{AccountDigest, Lockout};
use wiwebb_domain::page::ListRequest;
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::ports::unit_of_work::UnitOfWorkFactory;
use wiwebb_domain::relations::EntityKind;
use wiwebb_domain::service_key::Equipment;
use wiwebb_domain::services::Settings;
use wiwebb_domain::services::network::Authorization;
use wiwebb_domain::services::service_keys::ServiceKeyDraft;
use wiwebb_domain::testing::samples::{self, text};
use wiwebb_domain::usage::{AccountingStatus, MEGABYTE, Usage};
use wiwebb_domain::user::NewUser;

use super::{Net, authorize, equipment};
use crate::shop::{Shop, wish};
use crate::world::{FORBIDDEN, PASSWORD, refusal, settings};

const WRONG: &str = "Wrong username or password.";
const LOCKED: &str = "Too many failed attempts; try again later.";
const GUESS: &str = "another one";

fn reject(why: &str) -> Authorization {
    Authorization::Reject(why.to_owned())
}

#[test]
fn whoever_is_unknown_and_whoever_has_another_password_are_told_the_same() {
    let net = Net::new();
    net.everybody_may(None, None);
    assert_eq!(net.authorize("nobody", Some(PASSWORD)), reject(WRONG));
    assert_eq!(net.authorize("bob", Some("another one")), reject(WRONG));
    assert_eq!(net.authorize("nobody", None), reject(WRONG));
    assert_eq!(net.shop.world.hasher.verified().len(), 2, "an unknown one costs a check too");
    let unlimited = Authorization::Accept { session_timeout: None, octets: None };
    assert_eq!(net.authorize("bob", Some(PASSWORD)), unlimited);
    assert_eq!(net.authorize("bob", None), unlimited, "where the equipment asks for none");
    assert_eq!(net.authorize("Bob", None), reject(WRONG), "names are told apart by case");
}

#[test]
fn an_inactive_account_stays_out_and_says_so_only_to_who_knows_its_password() {
    let net = Net::new();
    net.everybody_may(None, None);
    net.shop.world.insert(NewUser { is_active: false, ..samples::new_user("ina") });
    let inactive = reject("This account is not active.");
    assert_eq!(net.authorize("ina", Some(PASSWORD)), inactive);
    assert_eq!(net.authorize("ina", None), inactive);
    assert_eq!(net.authorize("ina", Some("another one")), reject(WRONG));
}

#[test]
fn without_any_plan_nobody_gets_in() {
    let net = Net::new();
    let none = "There is no plan for this account.";
    assert_eq!(net.refuses_bob().as_deref(), Some(none));
    let own = block_on(net.shop.services.network.own_limits(&net.shop.bob));
    assert_eq!(refusal(own), "No subscription found");
    let asked = block_on(net.shop.services.network.limits_of(&net.equipment, "bob"));
    assert!(matches!(asked, Err(Error::NoSubscription)));
    net.everybody_may(None, None);
    assert_eq!(net.refuses_bob(), None);
}

#[test]
fn no_limit_is_unlimited_and_zero_lets_nobody_in() {
    for (minutes, megabytes, word) in
        [(Some(0), None, "time"), (None, Some(0), "data"), (Some(0), Some(0), "time")]
    {
        let net = Net::new();
        net.everybody_may(minutes, megabytes);
        let why = net.refuses_bob().unwrap();
        let told =
            format!("The daily {word} limit is used up. It is reset at 2026-01-16T00:00:00Z.");
        assert_eq!(why, told);
    }
    let net = Net::new();
    net.everybody_may(Some(30), None);
    let granted = net.authorize("bob", None);
    assert_eq!(granted, Authorization::Accept { session_timeout: Some(1_800), octets: None });
    net.everybody_may(None, Some(5));
    let granted = net.authorize("bob", None);
    let octets = Some(5 * MEGABYTE);
    assert_eq!(granted, Authorization::Accept { session_timeout: None, octets });
}

#[test]
fn what_is_left_of_the_day_is_granted_until_nothing_is() {
    let net = Net::new();
    net.everybody_may(Some(30), Some(5));
    net.count(AccountingStatus::Stop, "A", 600, 2 * MEGABYTE);
    let octets = Some(3 * MEGABYTE);
    assert_eq!(
        net.authorize("bob", None),
        Authorization::Accept { session_timeout: Some(1_200), octets }
    );
    net.count(AccountingStatus::Stop, "B", 60, 3 * MEGABYTE);
    assert!(net.refuses_bob().unwrap().contains("data"));
    net.count(AccountingStatus::Stop, "C", 1_140, 0);
    assert!(net.refuses_bob().unwrap().contains("time"));
    let limits = net.limits();
    assert_eq!((limits.seconds_left(), limits.octets_left()), (Some(0), Some(0)));
    net.shop.set(limits.reset_at);
    assert_eq!(net.refuses_bob(), None, "the next day");
    assert_eq!(net.used(), (0, 0));
}

#[test]
fn the_plan_of_the_subscription_comes_before_the_default_one() {
    let net = Net::new();
    net.everybody_may(Some(10), None);
    let plan = NewPlan {
        requires_payment: false,
        daily_time_minutes: Some(60),
        ..samples::new_plan("Long")
    };
    let plan = net.shop.plan(plan);
    let seconds = || net.limits().seconds_left();
    assert_eq!(seconds(), Some(600));
    net.shop.subscribe(plan).unwrap();
    assert_eq!(seconds(), Some(3_600));
    net.count(AccountingStatus::Stop, "A", 900, 0);
    net.shop.cancel().unwrap();
    assert_eq!(seconds(), Some(0), "what was used counts against whatever holds");
    assert!(net.refuses_bob().is_some());
}

#[test]
fn a_key_of_a_tenant_reaches_its_users_alone() {
    let net = Net::new();
    net.everybody_may(None, None);
    let [home, away] = ["Home", "Away"].map(|name| net.shop.world.tenant(name));
    net.shop.world.subscriber("sam", home);
    let of_home = equipment(&net.shop, Some(home));
    let of_away = equipment(&net.shop, Some(away));
    let reaches = |equipment: &Equipment, name: &str| {
        let granted = authorize(&net.shop, equipment, name, Some(PASSWORD));
        let limits = block_on(net.shop.services.network.limits_of(equipment, name));
        let is_let_in = granted != reject(WRONG);
        assert_eq!(limits.is_ok(), is_let_in);
        if !is_let_in {
            assert!(matches!(limits, Err(Error::Denied(_) | Error::NotFound(_))));
        }
        is_let_in
    };
    assert!(reaches(&net.equipment, "sam") && reaches(&of_home, "sam"));
    assert!(!reaches(&of_away, "sam") && !reaches(&of_home, "bob"));
    assert!(!reaches(&net.equipment, "nobody"));
}

#[test]
fn unreadable_reports_and_requests_are_refused() {
    let net = Net::new();
    let unread = || Violations::of("User-Name", Violation::Required).into();
    let network = &net.shop.services.network;
    let asked = block_on(network.authorize(&net.equipment, Err(unread())));
    assert_eq!(refusal(asked), "User-Name: This field is required.");
    let told = block_on(network.account(&net.equipment, Err(unread())));
    assert_eq!(refusal(told), "User-Name: This field is required.");
}

#[test]
fn everybody_sees_ones_own_limits() {
    let net = Net::new();
    net.everybody_may(Some(10), None);
    let home = net.shop.world.tenant("Home");
    let people: [Actor; 4] = [
        net.shop.admin,
        net.shop.world.owner("olga", home),
        net.shop.world.subscriber("sam", home),
        net.shop.world.user("lost", Role::TenantOwner, None),
    ];
    let plan = net.shop.free("Own");
    net.count(AccountingStatus::Stop, "A", 60, 0);
    for actor in people {
        let limits = || block_on(net.shop.services.network.own_limits(&actor)).unwrap();
        assert_eq!(limits().used, Usage::default());
        let subscribed = net.shop.subscriptions().subscribe(&actor, Ok(wish(plan)), None);
        block_on(subscribed).unwrap();
        assert_eq!(limits().allowance.plan_id, plan);
    }
}

#[test]
fn the_limits_of_a_user_are_seen_by_whoever_may_see_the_user() {
    let net = Net::new();
    let network = &net.shop.services.network;
    let [home, away] = ["Home", "Away"].map(|name| net.shop.world.tenant(name));
    let sam = net.shop.world.subscriber("sam", home);
    let of_sam = |actor: &Actor| block_on(network.limits_of_user(actor, sam.user));
    assert!(matches!(of_sam(&net.shop.admin), Err(Error::NoSubscription)));
    net.everybody_may(Some(10), None);
    let own = block_on(network.own_limits(&sam)).unwrap();
    for actor in [net.shop.admin, net.shop.world.owner("olga", home), sam] {
        assert_eq!(of_sam(&actor).unwrap(), own);
    }
    let nobody = UserId::new(999);
    for actor in [net.shop.world.owner("otto", away), net.shop.bob] {
        assert_eq!(refusal(of_sam(&actor)), FORBIDDEN);
        let found = block_on(network.limits_of_user(&actor, nobody));
        assert!(matches!(found, Err(Error::NotFound(EntityKind::User))), "{found:?}");
    }
}

#[test]
fn keys_are_for_staff_shown_once_and_dead_once_removed() {
    let net = Net::new();
    let keys = &net.shop.services.service_keys;
    let home = net.shop.world.tenant("Home");
    let draft = |tenant| Ok(ServiceKeyDraft { name: text("radius"), tenant });
    for actor in [net.shop.bob, net.shop.world.owner("olga", home)] {
        assert_eq!(refusal(block_on(keys.list(&actor, Ok(ListRequest::default())))), FORBIDDEN);
        assert_eq!(refusal(block_on(keys.get(&actor, net.equipment.key))), FORBIDDEN);
        assert_eq!(refusal(block_on(keys.create(&actor, draft(None)))), FORBIDDEN);
        assert_eq!(refusal(block_on(keys.delete(&actor, net.equipment.key))), FORBIDDEN);
    }
    let unknown = block_on(keys.create(&net.shop.admin, draft(Some(TenantId::new(999)))));
    assert_eq!(refusal(unknown), "tenant: Invalid pk \"999\" - object does not exist.");
    let (key, token) = block_on(keys.create(&net.shop.admin, draft(Some(home)))).unwrap();
    assert_eq!(key.last_used_at, None);
    let listed = || block_on(keys.list(&net.shop.admin, Ok(ListRequest::default()))).unwrap().items;
    assert_eq!(listed().iter().map(|key| key.id).collect::<Vec<_>>(), [net.equipment.key, key.id]);
    assert!(block_on(keys.authenticate(&token)).unwrap().is_some());
    assert!(listed()[1].last_used_at.is_some());
    let get = || block_on(keys.get(&net.shop.admin, key.id));
    assert_eq!(get().unwrap(), listed()[1]);
    block_on(keys.delete(&net.shop.admin, key.id)).unwrap();
    assert!(block_on(keys.authenticate(&token)).unwrap().is_none());
    let again = block_on(keys.delete(&net.shop.admin, key.id));
    assert!(matches!(again, Err(Error::NotFound(_))));
    assert!(matches!(get(), Err(Error::NotFound(EntityKind::ServiceKey))));
}

/// What somebody with a password is told at the door; nothing is who gets in.
fn told(net: &Net, name: &str, password: &str) -> String {
    match net.authorize(name, Some(password)) {
        Authorization::Accept { .. } => String::new(),
        Authorization::Reject(why) => why,
    }
}

fn open_net() -> Net {
    let net = Net::new();
    net.everybody_may(None, None);
    net
}

fn fail(net: &Net, name: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(told(net, name, GUESS), WRONG);
    }
}

#[test]
fn ten_wrong_passwords_lock_the_account_without_a_look_at_the_eleventh() {
    let net = open_net();
    fail(&net, "bob", 10);
    let checked = net.shop.world.hasher.verified().len();
    assert_eq!([PASSWORD, GUESS].map(|password| told(&net, "bob", password)), [LOCKED, LOCKED]);
    assert_eq!(net.shop.world.hasher.verified().len(), checked);
    net.shop.world.clock.advance(Duration::seconds(60));
    assert_eq!(told(&net, "bob", PASSWORD), "");
}

#[test]
fn guesses_at_the_door_and_failed_logins_count_together() {
    let net = open_net();
    let login = |password| net.shop.world.opens("bob", password);
    assert!((0..5).all(|_| !login(GUESS)));
    fail(&net, "bob", 5);
    assert!(!login(PASSWORD));
    assert_eq!(told(&net, "bob", PASSWORD), LOCKED);
}

#[test]
fn a_right_password_at_the_door_begins_a_new_count() {
    let net = open_net();
    for _ in 0..3 {
        fail(&net, "bob", 9);
        assert_eq!(told(&net, "bob", PASSWORD), "");
    }
}

#[test]
fn names_of_nobody_and_out_of_reach_are_locked_at_the_door_like_any_other() {
    let [bob, nobody, address, sam] = ["bob", "nobody", "No@body.example", "sam"].map(|name| {
        let net = open_net();
        let [home, away] = ["Home", "Away"].map(|name| net.shop.world.tenant(name));
        net.shop.world.subscriber("sam", away);
        let bound = equipment(&net.shop, Some(home));
        let asked = if name == "sam" { &bound } else { &net.equipment };
        let ask = |_| authorize(&net.shop, asked, name, Some(GUESS));
        let story: Vec<Authorization> = (0..12).map(ask).collect();
        (story, net.shop.world.hasher.verified().len())
    });
    let expected = [[WRONG; 10].as_slice(), &[LOCKED; 2]].concat();
    assert_eq!(bob, (expected.into_iter().map(reject).collect(), 10));
    assert_eq!([&nobody, &address, &sam], [&bob; 3]);
}

#[test]
fn a_locked_account_gets_in_where_the_equipment_asks_for_no_password() {
    let net = open_net();
    fail(&net, "bob", 10);
    let unlimited = Authorization::Accept { session_timeout: None, octets: None };
    assert_eq!(net.authorize("bob", None), unlimited);
}

#[test]
fn a_right_guess_at_the_door_that_others_outrun_is_told_of_the_lock_like_a_wrong_one() {
    for password in [PASSWORD, GUESS] {
        let net = open_net();
        let store = net.shop.world.store.clone();
        net.shop.world.hasher.meanwhile(async move {
            let mut read = store.read("test").await.unwrap();
            let bob = AccountDigest::of(&samples::username("bob"));
            let rule = Lockout::after(NonZeroU32::MIN);
            assert!(read.login_attempts().count(bob, samples::now(), rule).await.unwrap());
        });
        assert_eq!(told(&net, "bob", password), LOCKED, "{password}");
    }
}

#[test]
fn without_a_lock_guesses_at_the_door_are_not_counted() {
    let shop = Shop::with("dummy", Settings { lockout: None, ..settings() });
    let net = Net { equipment: equipment(&shop, None), shop };
    net.everybody_may(None, None);
    fail(&net, "bob", 20);
    assert_eq!(told(&net, "bob", PASSWORD), "");
}
