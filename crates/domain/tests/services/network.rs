//! Access to the network and its use (contract §8.4, §16).

mod access;
mod accounting;

use chrono_tz::Tz;
use futures_executor::block_on;
use wiwebb_domain::ids::TenantId;
use wiwebb_domain::password::Password;
use wiwebb_domain::plan::NewPlan;
use wiwebb_domain::service_key::Equipment;
use wiwebb_domain::services::Settings;
use wiwebb_domain::services::network::{AccessRequest, Accounting, Authorization};
use wiwebb_domain::services::service_keys::ServiceKeyDraft;
use wiwebb_domain::testing::samples::{self, text};
use wiwebb_domain::usage::{AccountingStatus, Limits, Usage};

use crate::shop::Shop;
use crate::world::{PASSWORD, settings};

/// A shop, and equipment that reaches everybody.
struct Net {
    shop: Shop,
    equipment: Equipment,
}

impl Net {
    fn new() -> Self {
        Self::in_zone(Tz::UTC)
    }

    fn in_zone(time_zone: Tz) -> Self {
        let shop = Shop::with("dummy", Settings { time_zone, ..settings() });
        let equipment = equipment(&shop, None);
        Self { shop, equipment }
    }

    /// Everybody has a plan with these limits a day.
    fn everybody_may(&self, minutes: Option<u32>, megabytes: Option<u32>) -> &Self {
        self.shop.plan(NewPlan {
            default: true,
            requires_payment: false,
            daily_time_minutes: minutes,
            daily_data_mb: megabytes,
            ..samples::new_plan(&format!("Basic {minutes:?} {megabytes:?}"))
        });
        self
    }

    fn authorize(&self, name: &str, password: Option<&str>) -> Authorization {
        authorize(&self.shop, &self.equipment, name, password)
    }

    /// What bob is told at the door; `None` where he gets in.
    fn refuses_bob(&self) -> Option<String> {
        match self.authorize("bob", Some(PASSWORD)) {
            Authorization::Accept { .. } => None,
            Authorization::Reject(why) => Some(why),
        }
    }

    fn count(&self, status: AccountingStatus, session: &str, seconds: u64, octets: u64) {
        let totals = Usage { seconds, octets };
        self.account("bob", status, session, totals);
    }

    fn account(&self, username: &str, status: AccountingStatus, session: &str, totals: Usage) {
        let (username, nas, session) = (username.to_owned(), Some(text("ap-1")), text(session));
        let report = Accounting::Session { status, username, nas, session, totals };
        block_on(self.shop.services.network.account(&self.equipment, Ok(report))).unwrap();
    }

    fn restart(&self, nas: &str) {
        let report = Accounting::Equipment { nas: Some(text(nas)) };
        block_on(self.shop.services.network.account(&self.equipment, Ok(report))).unwrap();
    }

    fn limits(&self) -> Limits {
        block_on(self.shop.services.network.own_limits(&self.shop.bob)).unwrap()
    }

    /// Seconds and bytes that bob has used today.
    fn used(&self) -> (u64, u64) {
        let used = self.limits().used;
        (used.seconds, used.octets)
    }
}

/// Equipment with a key of its own.
fn equipment(shop: &Shop, tenant: Option<TenantId>) -> Equipment {
    let keys = &shop.services.service_keys;
    let draft = ServiceKeyDraft { name: text("radius"), tenant };
    let (key, token) = block_on(keys.create(&shop.admin, Ok(draft))).unwrap();
    let found = block_on(keys.authenticate(&token)).unwrap().unwrap();
    assert_eq!((found.key, found.tenant), (key.id, tenant));
    found
}

fn authorize(
    shop: &Shop,
    equipment: &Equipment,
    name: &str,
    password: Option<&str>,
) -> Authorization {
    let password = password.map(|text| Password::new(text.to_owned()));
    let request = AccessRequest { username: name.to_owned(), password };
    block_on(shop.services.network.authorize(equipment, Ok(request))).unwrap()
}
