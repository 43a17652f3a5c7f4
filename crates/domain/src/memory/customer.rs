//! How gateways call users.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::engine::State;
use super::session::Session;
use super::table::{Reference, Row, Table};
use crate::ids::{GatewayId, UserId};
use crate::ports::Stored;
use crate::ports::customer::CustomerRepository;
use crate::relations::EntityKind;
use crate::text::ExternalId;

/// A user at a gateway. Ports show the gateway's id alone, so the domain has no entity for it.
#[derive(Clone)]
pub(super) struct GatewayCustomer {
    pub(super) id: i32,
    pub(super) user_id: UserId,
    pub(super) payment_gateway_id: GatewayId,
    pub(super) customer: ExternalId,
    pub(super) created_at: DateTime<Utc>,
}

impl Row for GatewayCustomer {
    const KIND: EntityKind = EntityKind::GatewayCustomer;
    const REFERENCES: &'static [Reference<Self>] = &[
        Reference { column: "user_id", get: |row| Some(row.user_id.get()), clear: None },
        Reference {
            column: "payment_gateway_id",
            get: |row| Some(row.payment_gateway_id.get()),
            clear: None,
        },
    ];

    fn id(&self) -> i32 {
        self.id
    }

    fn table(state: &State) -> &Table<Self> {
        &state.customers
    }

    fn table_mut(state: &mut State) -> &mut Table<Self> {
        &mut state.customers
    }
}

fn customer(state: &State, user: UserId, gateway: GatewayId) -> Option<ExternalId> {
    let is_meant =
        |row: &&GatewayCustomer| row.user_id == user && row.payment_gateway_id == gateway;
    state.customers.iter().find(is_meant).map(|row| row.customer.clone())
}

#[async_trait]
impl CustomerRepository for Session {
    async fn find(&mut self, user: UserId, gateway: GatewayId) -> Stored<Option<ExternalId>> {
        self.read(|state| customer(state, user, gateway))
    }

    async fn insert(
        &mut self,
        user: UserId,
        gateway: GatewayId,
        name: ExternalId,
        now: DateTime<Utc>,
    ) -> Stored<()> {
        self.write(|state| {
            if customer(state, user, gateway).is_some() {
                return Ok(());
            }
            let make = |id| GatewayCustomer {
                id,
                user_id: user,
                payment_gateway_id: gateway,
                customer: name,
                created_at: now,
            };
            state.insert(make).map(|_| ())
        })
        .await
    }
}
