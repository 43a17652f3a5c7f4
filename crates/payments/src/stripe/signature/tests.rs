use super::*;

/// When the samples were signed.
const THEN: i64 = 1_793_512_800;

const BODY: &[u8] = br#"{"id": "evt_1", "type": "payment_intent.succeeded"}"#;

fn secrets(list: &str) -> WebhookSecrets {
    WebhookSecrets::new(&SecretString::from(list))
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn sign(secret: &str, time: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

/// A signature of the body by a secret, made then.
fn v1(secret: &str) -> String {
    sign(secret, &THEN.to_string(), BODY)
}

/// Whether the body is believed under a header, right then.
fn verdict(header: &str) -> Result<(), BadSignature> {
    secrets("whsec_a").verify(header, BODY, at(THEN))
}

#[derive(serde::Deserialize)]
struct Signed {
    name: String,
    secret: String,
    timestamp: i64,
    header: String,
    payload: String,
}

/// Signed by stripe-python 16.1.0 and stripe-node 23.1.0, which made the same headers.
fn signed_by_stripe() -> Vec<Signed> {
    let text = include_str!("../../../tests/fixtures/signed_webhooks.json");
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_stripes_own_libraries_signed_is_believed() {
    let samples = signed_by_stripe();
    assert_eq!(samples.len(), 5);
    for Signed { name, secret, timestamp, header, payload } in samples {
        let verdict = secrets(&secret).verify(&header, payload.as_bytes(), at(timestamp));
        assert_eq!(verdict, Ok(()), "{name}");
    }
}

#[test]
fn a_body_that_was_written_anew_is_not_believed() {
    let sample = signed_by_stripe().remove(0);
    let value: serde_json::Value = serde_json::from_str(&sample.payload).unwrap();
    let verdict = secrets(&sample.secret).verify(
        &sample.header,
        value.to_string().as_bytes(),
        at(sample.timestamp),
    );
    assert_eq!(verdict, Err(BadSignature::NotGenuine));
}

#[test]
fn one_genuine_signature_is_enough_wherever_it_stands() {
    let (good, bad) = (v1("whsec_a"), v1("whsec_b"));
    for header in [
        format!("t={THEN},v1={good}"),
        format!("t={THEN},v1={good},v1={bad}"),
        format!("t={THEN},v1={bad},v1={good}"),
        format!("t={THEN},v1=no hex,v1={good}"),
        format!("t={THEN},v1={good},v0={bad}"),
        format!("v1={good},t={THEN}"),
        format!("t={THEN},v1={}", good.to_uppercase()),
    ] {
        assert_eq!(verdict(&header), Ok(()), "{header}");
    }
}

#[test]
fn a_header_without_a_genuine_signature_is_not_believed() {
    let (good, bad) = (v1("whsec_a"), v1("whsec_b"));
    for header in [
        format!("t={THEN},v1={bad}"),
        format!("t={THEN},v1={bad},v1={bad}"),
        format!("t={THEN},v0={good}"),
        format!("t={THEN}, v1={good}"),
        format!("t={THEN},v1={}", &good[..62]),
        format!("t={THEN},v1="),
        format!("t={THEN}"),
        format!("t={},v1={good}", THEN + 1),
        format!("t=0{THEN},v1={good}"),
    ] {
        assert_eq!(verdict(&header), Err(BadSignature::NotGenuine), "{header}");
    }
}

#[test]
fn a_header_without_one_plain_time_is_malformed() {
    let signed = |time: &str| format!("t={time},v1={}", sign("whsec_a", time, BODY));
    let good = v1("whsec_a");
    for header in [
        String::new(),
        format!("v1={good}"),
        format!("t={THEN},t={THEN},v1={good}"),
        signed(""),
        signed("soon"),
        signed("1.5"),
        signed(&format!("+{THEN}")),
        signed(&format!(" {THEN}")),
        signed("-1"),
        signed("-9223372036854775808"),
        signed("9223372036854775808"),
    ] {
        assert_eq!(verdict(&header), Err(BadSignature::Malformed), "{header}");
    }
}

#[test]
fn any_change_of_the_body_is_noticed() {
    let header = format!("t={THEN},v1={}", v1("whsec_a"));
    let mut longer = BODY.to_vec();
    longer.push(b'\n');
    for body in [&BODY[1..], &BODY[..BODY.len() - 1], longer.as_slice(), b""] {
        let verdict = secrets("whsec_a").verify(&header, body, at(THEN));
        assert_eq!(verdict, Err(BadSignature::NotGenuine));
    }
}

#[test]
fn a_signature_holds_for_300_seconds_in_both_directions() {
    let header = format!("t={THEN},v1={}", v1("whsec_a"));
    for (away, expected) in [
        (0, Ok(())),
        (295, Ok(())),
        (300, Ok(())),
        (301, Err(BadSignature::OutOfTime)),
        (310, Err(BadSignature::OutOfTime)),
        (-300, Ok(())),
        (-301, Err(BadSignature::OutOfTime)),
        (-310, Err(BadSignature::OutOfTime)),
    ] {
        let verdict = secrets("whsec_a").verify(&header, BODY, at(THEN + away));
        assert_eq!(verdict, expected, "{away} s");
    }
}

#[test]
fn a_time_at_the_end_of_all_numbers_is_out_of_time() {
    let time = i64::MAX.to_string();
    let header = format!("t={time},v1={}", sign("whsec_a", &time, BODY));
    assert_eq!(verdict(&header), Err(BadSignature::OutOfTime));
}

#[test]
fn each_of_several_secrets_is_good() {
    for secret in ["whsec_a", "whsec_b"] {
        let header = format!("t={THEN},v1={}", v1(secret));
        let both = secrets(" whsec_a , whsec_b,");
        assert_eq!(both.verify(&header, BODY, at(THEN)), Ok(()), "{secret}");
    }
}

#[test]
fn an_empty_secret_verifies_nothing() {
    let header = format!("t={THEN},v1={}", v1(""));
    for list in ["", " ", ",", " , ,"] {
        let none = secrets(list);
        assert_eq!(none.verify(&header, BODY, at(THEN)), Err(BadSignature::NotGenuine));
    }
    assert_eq!(verdict(&header), Err(BadSignature::NotGenuine));
}

#[test]
fn secrets_are_not_shown() {
    assert!(!format!("{:?}", secrets("whsec_a")).contains("whsec"));
}
