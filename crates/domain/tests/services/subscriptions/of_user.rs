//! The subscription of somebody else.

use futures_executor::block_on;
use wiwebb_domain::access::Actor;
use wiwebb_domain::error::Error;
use wiwebb_domain::ids::UserId;
use wiwebb_domain::relations::EntityKind;

use crate::shop::{Shop, wish};
use crate::world::{FORBIDDEN, refusal};

#[test]
fn the_latest_subscription_is_seen_by_whoever_may_see_the_user() {
    let shop = Shop::new();
    let [home, away] = ["Home", "Away"].map(|name| shop.world.tenant(name));
    let sam = shop.world.subscriber("sam", home);
    let of_sam = |actor: &Actor| block_on(shop.subscriptions().of_user(actor, sam.user));
    let close = [shop.admin, shop.world.owner("olga", home), sam];
    for actor in &close {
        assert_eq!(of_sam(actor).unwrap(), None);
    }
    for plan in [shop.free("First"), shop.free("Second")] {
        let subscribed = shop.subscriptions().subscribe(&sam, Ok(wish(plan)), None);
        let subscribed = block_on(subscribed).unwrap().view;
        for actor in &close {
            assert_eq!(of_sam(actor).unwrap().as_ref(), Some(&subscribed));
        }
        let canceled = block_on(shop.subscriptions().cancel(&sam, Ok(()))).unwrap();
        assert_eq!(of_sam(&shop.admin).unwrap(), Some(canceled), "whatever its state");
    }
    for actor in [shop.world.owner("otto", away), shop.bob] {
        assert_eq!(refusal(of_sam(&actor)), FORBIDDEN);
        let found = block_on(shop.subscriptions().of_user(&actor, UserId::new(999)));
        assert!(matches!(found, Err(Error::NotFound(EntityKind::User))), "{found:?}");
    }
}
