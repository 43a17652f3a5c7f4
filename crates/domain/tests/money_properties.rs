//! Laws of money, for every currency: exact both ways, and refused where the column or the
//! currency cannot hold it (contract §7.3, §1.8; ISO 4217, list one).

#![allow(clippy::unwrap_used, reason = "a test that cannot build its data has failed")]

use proptest::prelude::*;
use rust_decimal::Decimal;
use wiwebb_domain::error::Violation;
use wiwebb_domain::money::{Amount, Currency, Money};

/// No minor unit.
const WHOLE: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
];

/// Thousandths.
const THOUSANDTHS: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];

/// Hundredths.
const HUNDREDTHS: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BMD",
    "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CNY", "COP",
    "CRC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP",
    "GBP", "GEL", "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS",
    "INR", "IRR", "JMD", "KES", "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD",
    "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN",
    "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB", "PEN", "PGK", "PHP", "PKR",
    "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE",
    "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD",
    "TWD", "TZS", "UAH", "USD", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XCG", "YER", "ZAR",
    "ZMW", "ZWG",
];

/// Every currency with its exponent.
fn currencies() -> impl Iterator<Item = (&'static str, u32)> {
    [(WHOLE, 0), (HUNDREDTHS, 2), (THOUSANDTHS, 3)]
        .into_iter()
        .flat_map(|(codes, exponent)| codes.iter().map(move |code| (*code, exponent)))
}

fn any_currency() -> impl Strategy<Value = Currency> {
    let codes: Vec<&str> = currencies().map(|(code, _)| code).collect();
    prop::sample::select(codes).prop_map(|code| Currency::new(code).unwrap())
}

/// The least step, in minor units, that an amount with two decimals can take.
fn step(currency: Currency) -> i64 {
    10_i64.pow(currency.exponent().saturating_sub(2))
}

/// The most minor units that `DECIMAL(10,2)` holds.
fn most(currency: Currency) -> i64 {
    match currency.exponent() {
        0 => 99_999_999,
        2 => 9_999_999_999,
        _ => 99_999_999_990,
    }
}

#[test]
fn every_currency_is_known_by_its_exponent_in_either_case() {
    for (code, exponent) in currencies() {
        let currency = Currency::new(code).unwrap();
        assert_eq!((currency.code(), currency.exponent()), (code, exponent), "{code}");
        assert_eq!(Currency::new(&code.to_lowercase()), Ok(currency));
    }
}

#[test]
fn the_ends_of_the_range_are_held_and_one_step_further_is_not() {
    for (code, _) in currencies() {
        let currency = Currency::new(code).unwrap();
        for units in [0, step(currency), most(currency)] {
            let money = Money::from_minor_units(units, currency).unwrap();
            assert_eq!(money.minor_units(), units, "{code}");
        }
        assert!(Money::from_minor_units(most(currency) + step(currency), currency).is_err());
        assert!(Money::from_minor_units(-step(currency), currency).is_err());
    }
}

proptest! {
    #[test]
    fn minor_units_come_back_as_they_went(
        currency in any_currency(),
        share in 0_i64..=1_000_000,
        rest in 0_i64..10_000,
    ) {
        let steps = most(currency) / step(currency);
        let units = (steps / 1_000_000 * share + rest).min(steps) * step(currency);
        let money = Money::from_minor_units(units, currency).unwrap();
        prop_assert_eq!(money.minor_units(), units);
        prop_assert_eq!(money.currency(), currency);
        prop_assert_eq!(money.amount().value().scale(), 2);
    }

    #[test]
    fn what_the_currency_expresses_comes_back_from_its_minor_units(
        currency in any_currency(),
        cents in 0_i64..=9_999_999_999,
    ) {
        let amount = Amount::new(Decimal::new(cents, 2)).unwrap();
        match Money::new(amount, currency) {
            Ok(money) => {
                let back = Money::from_minor_units(money.minor_units(), currency);
                prop_assert_eq!(back, Ok(money));
            }
            Err(refusal) => {
                prop_assert_eq!(refusal, Violation::BelowMinorUnit);
                prop_assert!(currency.exponent() == 0 && cents % 100 != 0);
            }
        }
    }

    #[test]
    fn thousandths_that_the_column_cannot_hold_are_refused_not_rounded(
        units in (0_i64..=99_999_999_990).prop_filter("a thousandth", |units| units % 10 != 0),
        code in prop::sample::select(THOUSANDTHS),
    ) {
        let currency = Currency::new(code).unwrap();
        prop_assert!(Money::from_minor_units(units, currency).is_err());
    }

    #[test]
    fn minor_units_beyond_the_column_are_refused(
        currency in any_currency(),
        beyond in 1_i64..=i64::MAX / 2,
    ) {
        prop_assert!(Money::from_minor_units(most(currency).saturating_add(beyond), currency).is_err());
        prop_assert!(Money::from_minor_units(-beyond, currency).is_err());
    }

    #[test]
    fn an_amount_beyond_ten_digits_with_two_decimals_is_refused(
        cents in 10_000_000_000_i64..=i64::MAX,
        scale in 0_u32..=2,
    ) {
        prop_assert!(Amount::new(Decimal::new(cents, scale)).is_err());
    }

    #[test]
    fn a_third_decimal_is_refused_even_where_it_is_zero(thousandths in 0_i64..=9_999_999) {
        prop_assert_eq!(
            Amount::new(Decimal::new(thousandths, 3)),
            Err(Violation::TooManyDecimals { max: 2 })
        );
    }

    #[test]
    fn sums_and_differences_stay_within_the_column(
        a in 0_i64..=9_999_999_999,
        b in 0_i64..=9_999_999_999,
    ) {
        let [left, right] = [a, b].map(|cents| Amount::new(Decimal::new(cents, 2)).unwrap());
        let of = |cents| Amount::new(Decimal::new(cents, 2)).ok();
        prop_assert_eq!(left.plus(right), of(a + b));
        prop_assert_eq!(left.minus(right), if a >= b { of(a - b) } else { None });
    }
}
