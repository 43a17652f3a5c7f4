//! Who is let in.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::*;

const BODY: &str = r#"{"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {}}}"#;

fn header(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{MADE}.").as_bytes());
    mac.update(body);
    format!("t={MADE},v1={}", hex::encode(mac.finalize().into_bytes()))
}

/// What becomes of a body that is signed as it should be.
fn signed(body: &[u8]) -> Result<NewWebhookEvent, WebhookRefused> {
    reader(Some("whsec_a")).open(Some(&header("whsec_a", body)), body, at(MADE))
}

#[test]
fn a_signed_event_is_opened_as_it_came() {
    let expected = NewWebhookEvent {
        variant: text("stripe"),
        event_id: text("evt_1"),
        event_type: text("payment_intent.succeeded"),
        payload: BODY.to_owned(),
    };
    assert_eq!(signed(BODY.as_bytes()), Ok(expected));
}

#[test]
fn each_secret_of_a_rotation_opens() {
    for secret in ["whsec_old", "whsec_new"] {
        let header = header(secret, BODY.as_bytes());
        let both = reader(Some("whsec_old,whsec_new"));
        assert!(both.open(Some(&header), BODY.as_bytes(), at(MADE)).is_ok(), "{secret}");
    }
}

#[test]
fn without_a_secret_nothing_is_opened() {
    for secrets in [None, Some(""), Some(" , ")] {
        for signer in ["", "whsec_a"] {
            let header = header(signer, BODY.as_bytes());
            let opened = reader(secrets).open(Some(&header), BODY.as_bytes(), at(MADE));
            assert_eq!(opened, Err(WebhookRefused::Signature), "{secrets:?} {signer:?}");
        }
    }
}

#[test]
fn what_nobody_known_signed_now_is_not_opened() {
    let reader = reader(Some("whsec_a"));
    let (own, foreign) = (header("whsec_a", BODY.as_bytes()), header("whsec_b", BODY.as_bytes()));
    for (signature, seconds) in [
        (None, MADE),
        (Some(""), MADE),
        (Some(foreign.as_str()), MADE),
        (Some(own.as_str()), MADE + 301),
        (Some(own.as_str()), MADE - 301),
    ] {
        let opened = reader.open(signature, BODY.as_bytes(), at(seconds));
        assert_eq!(opened, Err(WebhookRefused::Signature), "{signature:?}");
    }
}

#[test]
fn a_signed_body_that_is_no_event_is_refused_as_such() {
    let object = r#""data": {"object": {}}"#;
    let long = "x".repeat(256);
    for body in [
        String::new(),
        "[]".to_owned(),
        "not json".to_owned(),
        format!(r#"{{"type": "a", {object}}}"#),
        format!(r#"{{"id": "evt_1", {object}}}"#),
        format!(r#"{{"id": 1, "type": "a", {object}}}"#),
        format!(r#"{{"id": "evt_1", "type": null, {object}}}"#),
        format!(r#"{{"id": "", "type": "a", {object}}}"#),
        format!(r#"{{"id": "evt_1", "type": " ", {object}}}"#),
        format!(r#"{{"id": "{long}", "type": "a", {object}}}"#),
        format!(r#"{{"id": "evt_1", "type": "{long}", {object}}}"#),
        r#"{"id": "evt_1", "type": "a"}"#.to_owned(),
        r#"{"id": "evt_1", "type": "a", "data": {}}"#.to_owned(),
        r#"{"id": "evt_1", "type": "a", "data": {"object": "pi_1"}}"#.to_owned(),
        r#"{"id": "evt_1", "type": "a", "data": {"object": null}}"#.to_owned(),
    ] {
        assert_eq!(signed(body.as_bytes()), Err(WebhookRefused::Payload), "{body}");
    }
    assert_eq!(signed(b"\xff\xfe{}"), Err(WebhookRefused::Payload));
}

#[test]
fn the_signature_is_looked_at_first() {
    let opened = reader(Some("whsec_a")).open(Some("t=1,v1=00"), b"not json", at(MADE));
    assert_eq!(opened, Err(WebhookRefused::Signature));
}

#[test]
fn a_key_that_cannot_be_used_is_told_at_once() {
    let config = StripeConfig {
        secret_key: Some(SecretString::from("sk with spaces")),
        ..StripeConfig::default()
    };
    assert!(matches!(StripeWebhooks::new(&config), Err(StripeConfigError::SecretKey)));
}
