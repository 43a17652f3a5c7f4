//! Who sees payments and takes steps of them (contract §2, §10.2).

use std::collections::BTreeSet;

use futures_executor::block_on;
use wiwebb_domain::access::{Actor, Role};
use wiwebb_domain::error::{Error, Violation, Violations};
use wiwebb_domain::ids::{PaymentId, PaymentLogId};
use wiwebb_domain::page::{ListRequest, PageSize};
use wiwebb_domain::payment::PaymentStatus;
use wiwebb_domain::ports::payment_gateway::Verdict;
use wiwebb_domain::services::payments::RefundDraft;
use wiwebb_domain::testing::gateway::answer;

use super::till::Till;
use crate::world::{FORBIDDEN, refusal};

/// One person of every kind, and a payment that waits of everyone who can own one.
struct People {
    till: Till,
    /// Who acts, and which payments that person may see.
    sight: Vec<(&'static str, Actor, Vec<PaymentId>)>,
    all: Vec<PaymentId>,
}

fn people() -> People {
    let till = Till::new();
    let (home, away) = (till.world.tenant("Home"), till.world.tenant("Away"));
    let (root, admin) = (till.world.superadmin(), till.admin);
    let [olga, oskar] = ["olga", "oskar"].map(|name| till.world.owner(name, home));
    let [sam, sue] = ["sam", "sue"].map(|name| till.world.subscriber(name, home));
    let [otto, stan] = [till.world.owner("otto", away), till.world.subscriber("stan", away)];
    let lost = till.world.user("lost", Role::TenantOwner, None);
    let attached = till.world.user("attached", Role::Admin, Some(home));
    let pay = |actor: Actor| till.pay_as(&actor, answer(Verdict::Pending));
    let of_home: Vec<PaymentId> = [olga, oskar, sam, sue, attached].map(pay).to_vec();
    let of_away: Vec<PaymentId> = [otto, stan].map(pay).to_vec();
    let of_nobody: Vec<PaymentId> = [root, admin, till.bob, lost].map(pay).to_vec();
    let all = [of_home.clone(), of_away.clone(), of_nobody.clone()].concat();
    let sight = vec![
        ("superadmin", root, all.clone()),
        ("admin", admin, all.clone()),
        ("admin of a tenant", attached, all.clone()),
        ("owner", olga, of_home.clone()),
        ("owner elsewhere", otto, of_away.clone()),
        ("owner without tenant", lost, vec![of_nobody[3]]),
        ("subscriber", sam, vec![of_home[2]]),
        ("subscriber elsewhere", stan, vec![of_away[1]]),
        ("subscriber without tenant", till.bob, vec![of_nobody[2]]),
    ];
    People { till, sight, all }
}

#[test]
fn payments_histories_and_refunds_are_seen_by_staff_the_tenants_owner_and_the_payer() {
    let People { till, sight, all } = people();
    for (who, actor, seen) in sight {
        for id in &all {
            let entries = block_on(till.payments().logs(&till.admin, *id)).unwrap();
            let results = [
                refusal(block_on(till.payments().get(&actor, *id))),
                refusal(block_on(till.payments().logs(&actor, *id))),
                refusal(block_on(till.payments().get_log(&actor, entries[0].id))),
                refusal(block_on(till.payments().refunds(&actor, *id))),
                refusal(block_on(till.payments().progress(&actor, *id))),
            ];
            let expected = if seen.contains(id) { "allowed" } else { FORBIDDEN };
            assert_eq!(results, [expected; 5], "{who}, payment {id}");
        }
        let size = PageSize::clamped(PageSize::MAX);
        let request = ListRequest { size, ..ListRequest::default() };
        let listed = block_on(till.payments().list(&actor, Ok(request))).unwrap();
        let mut listed: Vec<PaymentId> = listed.items.iter().map(|view| view.payment.id).collect();
        listed.sort_unstable();
        assert_eq!(listed, seen, "{who}");
        let request = ListRequest { size, ..ListRequest::default() };
        let entries = block_on(till.payments().list_logs(&actor, Ok(request))).unwrap();
        let told: BTreeSet<PaymentId> = entries.items.iter().map(|row| row.payment_id).collect();
        assert!(told.iter().eq(&seen), "{who}: {told:?}");
    }
}

#[test]
fn a_payment_that_does_not_exist_is_not_found_by_whoever_could_see_it() {
    let People { till, sight, .. } = people();
    let nothing = PaymentId::new(999);
    for (who, actor, _) in sight {
        for result in [
            block_on(till.payments().get(&actor, nothing)).map(drop),
            block_on(till.payments().logs(&actor, nothing)).map(drop),
            block_on(till.payments().get_log(&actor, PaymentLogId::new(999))).map(drop),
            block_on(till.payments().refunds(&actor, nothing)).map(drop),
            till.cancel(&actor, nothing).map(drop),
        ] {
            assert!(matches!(result, Err(Error::NotFound(_))), "{who}: {result:?}");
        }
    }
}

#[test]
fn only_staff_captures_refunds_and_confirms_whatever_the_id_and_the_input() {
    let People { till, sight, all } = people();
    let unread = || Violations::of("amount", Violation::NotNumber);
    let before: Vec<_> = all.iter().map(|id| till.payment(*id)).collect();
    for (who, actor, _) in sight {
        let payments = till.payments();
        for id in all.iter().copied().chain([PaymentId::new(999)]) {
            let results = [
                block_on(payments.capture(&actor, id, Err(unread().into()), None)),
                block_on(payments.refund(&actor, id, Err(unread().into()), None)),
                block_on(payments.confirm(&actor, id, Ok(()))),
            ];
            let results = results.map(refusal);
            if !actor.role.is_staff() {
                assert_eq!(results, [FORBIDDEN; 3], "{who}, payment {id}");
            } else if id == PaymentId::new(999) {
                assert_eq!(results, ["Payment not found"; 3], "{who}: the object before the input");
            } else {
                let read = "amount: A valid number is required.";
                assert_eq!(results, [read, read, "Payment cannot be confirmed"], "{who}");
            }
        }
    }
    let after: Vec<_> = all.iter().map(|id| till.payment(*id)).collect();
    assert_eq!(after, before);
}

#[test]
fn staff_and_the_payer_alone_call_a_payment_off() {
    let kinds = people().sight.len();
    for kind in 0..kinds {
        let People { till, sight, all } = people();
        let (who, actor, _) = &sight[kind];
        for id in all {
            let may = actor.role.is_staff() || till.payment(id).user_id == actor.user;
            if may {
                till.script().will_say(Ok(answer(Verdict::Done)));
            }
            let expected = if may { "allowed" } else { FORBIDDEN };
            assert_eq!(refusal(till.cancel(actor, id)), expected, "{who}, payment {id}");
            let status = if may { PaymentStatus::Rejected } else { PaymentStatus::Waiting };
            assert_eq!(till.status(id), status);
        }
    }
}

#[test]
fn staff_takes_every_step_of_everybodys_payments() {
    let till = Till::new();
    let home = till.world.tenant("Home");
    let payer = till.world.subscriber("sam", home);
    for actor in [till.admin, till.world.superadmin()] {
        let id = till.pay_as(&payer, answer(Verdict::Authorised));
        till.script().will_say(Ok(answer(Verdict::Done))).will_say(Ok(answer(Verdict::Done)));
        block_on(till.payments().capture(&actor, id, Ok(None), None)).unwrap();
        let refund = Ok(RefundDraft::default());
        block_on(till.payments().refund(&actor, id, refund, None)).unwrap();
        assert_eq!(till.status(id), PaymentStatus::Refunded);
    }
}
