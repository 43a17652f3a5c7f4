//! Currencies and amounts that Stripe takes.

use super::refusal::{Refusal, Reply};

/// What may be sent as a currency, lower case.
const CURRENCIES: &str = "\
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd \
    cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq \
    gyd hkd hnl htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd \
    lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk \
    php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top \
    try ttd twd tzs uah ugx usd uyu uzs vnd vuv wst xaf xcd xof xpf yer zar zmw";

/// Least amounts of a charge in minor units; 1 where none is listed.
const LEAST: &[(&str, i64)] = &[
    ("usd", 50),
    ("eur", 50),
    ("gbp", 30),
    ("aud", 50),
    ("cad", 50),
    ("chf", 50),
    ("nzd", 50),
    ("sgd", 50),
    ("inr", 50),
    ("brl", 50),
    ("jpy", 50),
    ("bgn", 100),
    ("ron", 200),
    ("aed", 200),
    ("pln", 200),
    ("myr", 200),
    ("dkk", 250),
    ("nok", 300),
    ("sek", 300),
    ("hkd", 400),
    ("mxn", 1000),
    ("thb", 1000),
    ("czk", 1500),
    ("huf", 17_500),
];

/// The largest amount of a charge: eight digits.
const MOST: i64 = 99_999_999;

/// A currency that Stripe knows, written as it wants it.
pub(crate) fn currency(text: &str, param: &str) -> Reply<String> {
    if CURRENCIES.split_whitespace().any(|known| known == text) {
        return Ok(text.to_owned());
    }
    let message = format!("Invalid currency: {text}. Lower-case ISO codes are taken.");
    Err(Refusal::invalid(message).param(param))
}

/// Whether a charge of this can be made.
pub(crate) fn check_charge(amount: i64, currency: &str, param: &str) -> Reply<()> {
    if amount < least(currency) {
        let message = format!("Below the least amount of {} {currency}.", least(currency));
        return Err(Refusal::invalid(message).code("amount_too_small").param(param));
    }
    check_amount(amount, currency, param)
}

/// Whether an amount, zero included, can be written in the currency.
pub(crate) fn check_amount(amount: i64, currency: &str, param: &str) -> Reply<()> {
    if amount < 0 {
        let message = format!("Invalid non-negative integer: {amount}");
        return Err(Refusal::invalid(message).code("parameter_invalid_integer").param(param));
    }
    if amount > MOST {
        let message = format!("Above the largest amount of {MOST}.");
        return Err(Refusal::invalid(message).code("amount_too_large").param(param));
    }
    let step = step(currency);
    if amount % step != 0 {
        let message = format!("An amount of {currency} must be a multiple of {step}.");
        return Err(Refusal::invalid(message).param(param));
    }
    Ok(())
}

/// The least amount of a charge.
pub(crate) fn least(currency: &str) -> i64 {
    LEAST.iter().find(|(listed, _)| *listed == currency).map_or(1, |(_, least)| *least)
}

fn step(currency: &str) -> i64 {
    match currency {
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
        "isk" | "ugx" => 100,
        _ => 1,
    }
}

/// What a part of a period costs, rounded half up, once.
pub(crate) fn share(amount: i64, part: i64, whole: i64) -> i64 {
    let (amount, part, whole) = (i128::from(amount), i128::from(part), i128::from(whole));
    i64::try_from((2 * amount * part + whole) / (2 * whole)).unwrap()
}
