//! Setup intents: a card that is given without being charged.

use serde_json::{Value, json};

use super::form::{Metadata, Params};
use super::refusal::{Refusal, Reply};
use super::shape::object;
use super::state::State;
use super::table::Row;

/// A card that was given in a checkout session.
#[derive(Debug)]
pub(crate) struct SetupIntent {
    id: String,
    customer: Option<String>,
    method: String,
    metadata: Metadata,
    created: i64,
}

impl Row for SetupIntent {
    fn id(&self) -> &str {
        &self.id
    }

    fn created(&self) -> i64 {
        self.created
    }
}

impl State {
    /// A card has been given. Answers the id.
    pub(crate) fn add_setup_intent(
        &mut self,
        customer: Option<String>,
        method: String,
        metadata: Metadata,
    ) -> String {
        let id = self.ids.mint("seti_");
        let created = self.now;
        let intent = SetupIntent { id: id.clone(), customer, method, metadata, created };
        self.setup_intents.insert(intent);
        self.tell("setup_intent.created", &id);
        self.tell("setup_intent.succeeded", &id);
        id
    }

    pub(crate) fn retrieve_setup_intent(&self, id: &str, params: &Params) -> Reply {
        params.only(&[])?;
        let found =
            self.setup_intents.get(id).ok_or_else(|| Refusal::no_such("setupintent", id))?;
        Ok(self.setup_intent_json(found))
    }

    #[expect(clippy::unused_self, reason = "as the other objects are written")]
    pub(crate) fn setup_intent_json(&self, intent: &SetupIntent) -> Value {
        let fields = json!({
            "id": intent.id,
            "client_secret": format!("{}_secret_{}", intent.id, &intent.id[5..]),
            "created": intent.created,
            "customer": intent.customer,
            "metadata": intent.metadata,
            "payment_method": intent.method,
            "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
            "payment_method_types": ["card"],
            "status": "succeeded",
            "usage": "off_session",
        });
        let nulls = [
            "application",
            "automatic_payment_methods",
            "cancellation_reason",
            "description",
            "excluded_payment_method_types",
            "flow_directions",
            "last_setup_error",
            "latest_attempt",
            "mandate",
            "next_action",
            "on_behalf_of",
            "payment_method_configuration_details",
            "single_use_mandate",
        ];
        object("setup_intent", fields, &nulls)
    }
}
