//! Amounts as Stripe counts them.
//!
//! Stripe counts in minor units as ISO 4217 does, with exceptions that it lists in its
//! documentation of currencies: MGA has no minor unit, and ISK is sent in hundredths that must be
//! whole krónur. Of thousandths the last digit must be 0, as it always is in an amount of two
//! decimals. What cannot be sent is refused, never rounded. The least and the most that can be
//! charged is left to Stripe, which moves it.

use stripe_types::Currency as StripeCurrency;
use thiserror::Error as ThisError;
use wiwebb_domain::error::Violation;
use wiwebb_domain::money::{Currency, Money};

/// Currencies that are not sent: Stripe's documentation contradicts itself on how UGX is counted,
/// and does not have IQD and LYD.
const REFUSED: [&str; 3] = ["UGX", "IQD", "LYD"];

/// Why an amount cannot be sent to Stripe, or be read from it.
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub(crate) enum MoneyError {
    /// Never sent in this currency.
    #[error("payments in {0} are not possible with Stripe")]
    Refused(Currency),
    /// Stripe's smallest step is larger.
    #[error("Stripe cannot express this amount of {0}")]
    TooFine(Currency),
    /// No current ISO 4217 code.
    #[error("{0:?} is no currency")]
    NoCurrency(String),
    /// Negative, too large or too fine for the domain.
    #[error("{units} minor units of {currency} are no amount: {violation:?}")]
    NoAmount {
        /// What Stripe said.
        units: i64,
        /// Of what.
        currency: Currency,
        /// Why not.
        violation: Violation,
    },
}

/// An amount in a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StripeAmount {
    /// Whole steps as Stripe counts them, 0 or more.
    pub(crate) units: i64,
    /// The code in small letters.
    pub(crate) currency: StripeCurrency,
}

/// How Stripe counts a currency.
enum Counting {
    /// In ISO's minor units.
    Iso,
    /// In whole amounts although ISO has hundredths.
    Whole,
    /// In hundredths although ISO has none.
    Hundredths,
}

/// Hundredths of a whole.
const HUNDRED: i64 = 100;

impl Counting {
    fn of(currency: Currency) -> Result<Self, MoneyError> {
        match currency.code() {
            code if REFUSED.contains(&code) => Err(MoneyError::Refused(currency)),
            "MGA" => Ok(Self::Whole),
            "ISK" => Ok(Self::Hundredths),
            _ => Ok(Self::Iso),
        }
    }
}

/// An amount as Stripe counts it. Errors: [`MoneyError::Refused`], [`MoneyError::TooFine`].
pub(crate) fn to_stripe(money: Money) -> Result<StripeAmount, MoneyError> {
    let (currency, units) = (money.currency(), money.minor_units());
    let units = match Counting::of(currency)? {
        Counting::Whole => whole(units, HUNDRED),
        Counting::Hundredths => units.checked_mul(HUNDRED),
        Counting::Iso => Some(units),
    };
    let units = units.ok_or(MoneyError::TooFine(currency))?;
    Ok(StripeAmount { units, currency: stripe_currency(currency)? })
}

/// The currency alone, for requests that name no amount. Errors: [`MoneyError::Refused`].
pub(crate) fn stripe_currency(currency: Currency) -> Result<StripeCurrency, MoneyError> {
    Counting::of(currency)?;
    let code = currency.code().to_ascii_lowercase();
    // A code that the enum lacks, such as KWD, is sent as it stands.
    Ok(code.parse().unwrap_or(StripeCurrency::Unknown(code)))
}

/// The amount that Stripe means. Errors: all of [`MoneyError`].
pub(crate) fn from_stripe(units: i64, code: &str) -> Result<Money, MoneyError> {
    let currency = Currency::new(code).map_err(|_| MoneyError::NoCurrency(code.to_owned()))?;
    let minor_units = match Counting::of(currency)? {
        Counting::Whole => units.checked_mul(HUNDRED),
        Counting::Hundredths => whole(units, HUNDRED),
        Counting::Iso => Some(units),
    };
    let minor_units = minor_units.ok_or(MoneyError::TooFine(currency))?;
    Money::from_minor_units(minor_units, currency).map_err(|violation| MoneyError::NoAmount {
        units,
        currency,
        violation,
    })
}

fn whole(units: i64, step: i64) -> Option<i64> {
    (units % step == 0).then_some(units / step)
}

#[cfg(test)]
mod tests {
    use wiwebb_domain::money::Amount;

    use super::*;

    /// Every three letters that are a currency of the domain.
    fn currencies() -> Vec<Currency> {
        let letters = || 'A'..='Z';
        let codes = letters()
            .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])))
            .map(String::from_iter);
        codes.filter_map(|code| Currency::new(&code).ok()).collect()
    }

    fn money(amount: &str, code: &str) -> Money {
        Money::new(Amount::new(amount.parse().unwrap()).unwrap(), Currency::new(code).unwrap())
            .unwrap()
    }

    fn units(amount: &str, code: &str) -> Result<i64, MoneyError> {
        to_stripe(money(amount, code)).map(|amount| amount.units)
    }

    #[test]
    fn amounts_are_sent_as_stripe_counts_them() {
        for (amount, code, expected) in [
            ("19.99", "USD", 1999),
            ("0.50", "EUR", 50),
            ("0", "USD", 0),
            ("99999999.99", "USD", 9_999_999_999),
            ("500", "JPY", 500),
            ("99999999", "KRW", 99_999_999),
            ("5.12", "KWD", 5120),
            ("0.01", "TND", 10),
            ("5", "MGA", 5),
            ("500", "ISK", 50_000),
            ("10.45", "HUF", 1045),
            ("10.45", "TWD", 1045),
        ] {
            assert_eq!(units(amount, code), Ok(expected), "{amount} {code}");
        }
    }

    #[test]
    fn what_stripe_cannot_express_is_refused() {
        let ariary = Currency::new("MGA").unwrap();
        assert_eq!(units("5.20", "MGA"), Err(MoneyError::TooFine(ariary)));
    }

    #[test]
    fn currencies_that_are_not_sent_are_refused_both_ways() {
        for code in REFUSED {
            let refused = MoneyError::Refused(Currency::new(code).unwrap());
            assert_eq!(units("5", code).unwrap_err(), refused);
            assert_eq!(from_stripe(500, code).unwrap_err(), refused);
            assert_eq!(stripe_currency(Currency::new(code).unwrap()).unwrap_err(), refused);
        }
    }

    #[test]
    fn a_currency_is_sent_in_small_letters_whether_the_enum_has_it_or_not() {
        for currency in currencies() {
            let Ok(sent) = stripe_currency(currency) else { continue };
            let sent = serde_json::to_value(&sent).unwrap();
            assert_eq!(sent, currency.code().to_ascii_lowercase());
        }
    }

    #[test]
    fn of_thousandths_the_last_digit_is_0() {
        for currency in currencies().into_iter().filter(|currency| currency.exponent() == 3) {
            for amount in ["0.01", "5.12", "99999999.99"] {
                let sent = units(amount, currency.code());
                assert!(sent.map_or(true, |units| units % 10 == 0), "{currency}");
            }
        }
    }

    #[test]
    fn every_currency_comes_back_as_it_was_sent() {
        let (mut sent, mut refused) = (0, 0);
        for currency in currencies() {
            for amount in ["0", "1", "7.00", "10", "1234", "99999999"] {
                let money = money(amount, currency.code());
                let Ok(there) = to_stripe(money) else {
                    refused += 1;
                    continue;
                };
                sent += 1;
                let back = from_stripe(there.units, &currency.code().to_ascii_lowercase());
                assert_eq!(back, Ok(money));
            }
        }
        assert_eq!(refused, 6 * REFUSED.len());
        assert!(sent > 6 * 130, "the currencies were not found");
    }

    #[test]
    fn hundredths_come_back_as_they_were_sent() {
        for currency in currencies().into_iter().filter(|currency| currency.exponent() > 0) {
            if matches!(Counting::of(currency), Err(_) | Ok(Counting::Whole)) {
                continue;
            }
            for amount in ["0.01", "0.99", "19.90", "99999999.99"] {
                let money = money(amount, currency.code());
                let there = to_stripe(money).unwrap();
                assert_eq!(from_stripe(there.units, currency.code()), Ok(money));
            }
        }
    }

    #[test]
    fn what_the_domain_cannot_hold_is_not_read() {
        assert!(matches!(from_stripe(-1, "usd"), Err(MoneyError::NoAmount { .. })));
        assert!(matches!(from_stripe(i64::MAX, "usd"), Err(MoneyError::NoAmount { .. })));
        assert!(matches!(from_stripe(5125, "kwd"), Err(MoneyError::NoAmount { .. })));
        assert!(matches!(from_stripe(50_050, "isk"), Err(MoneyError::TooFine(_))));
        assert!(matches!(from_stripe(i64::MAX, "mga"), Err(MoneyError::TooFine(_))));
        assert_eq!(from_stripe(1, "doller"), Err(MoneyError::NoCurrency("doller".to_owned())));
    }
}
