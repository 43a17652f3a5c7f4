//! Money: exact decimals with an ISO 4217 currency.
//!
//! The seed's `DECIMAL(10,2)` is the range. What a currency cannot express is refused, never
//! rounded.

use rust_decimal::Decimal;

use crate::error::Violation;

/// A current ISO 4217 code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(&'static str);

/// Minor-unit exponents other than 2 (ISO 4217, list one).
const EXPONENTS: &[(u32, &[&str])] = &[
    (
        0,
        &[
            "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
            "VUV", "XAF", "XOF", "XPF",
        ],
    ),
    (3, &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]),
];

/// Currencies of exponent 2 (ISO 4217, list one, without funds, metals and test codes).
const TWO_DECIMALS: &[&str] = &[
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

impl Currency {
    /// The seed's default.
    pub const USD: Self = Self("USD");
    /// Width of the column.
    pub const MAX: usize = 3;

    /// Reads a code without regard to case. Errors: [`Violation::TooLong`] above three
    /// characters, [`Violation::NotCurrency`] for anything that is no current code.
    pub fn new(raw: &str) -> Result<Self, Violation> {
        let text = raw.trim();
        if text.chars().count() > Self::MAX {
            return Err(Violation::TooLong { max: Self::MAX });
        }
        let code = text.to_ascii_uppercase();
        EXPONENTS
            .iter()
            .flat_map(|(_, codes)| *codes)
            .chain(TWO_DECIMALS)
            .find(|known| **known == code)
            .map(|known| Self(known))
            .ok_or(Violation::NotCurrency)
    }

    /// The code in capitals.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// Digits of the minor unit: USD 2, JPY 0, KWD 3.
    pub fn exponent(self) -> u32 {
        EXPONENTS
            .iter()
            .find(|(_, codes)| codes.contains(&self.0))
            .map_or(2, |(exponent, _)| *exponent)
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

/// An amount that `DECIMAL(10,2)` holds: 0.00 to 99 999 999.99.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);
    /// The most that the column holds.
    pub const MAX: Self = Self(Decimal::from_parts(1_410_065_407, 2, 0, false, 2));
    /// Digits of the column, before and behind the point.
    pub const DIGITS: u32 = 10;
    /// Digits of the column behind the point.
    pub const DECIMALS: u32 = 2;

    /// Checks range and precision (contract §1.8). Trailing zeros count as digits sent, but
    /// `1.500` is the value 1.5 and refused all the same, as a column of two decimals would lose
    /// what the client wrote.
    pub fn new(value: Decimal) -> Result<Self, Violation> {
        let digits = value.mantissa().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1);
        let digits = digits.max(value.scale());
        if digits > Self::DIGITS {
            return Err(Violation::TooManyDigits { max: Self::DIGITS });
        }
        if value.scale() > Self::DECIMALS {
            return Err(Violation::TooManyDecimals { max: Self::DECIMALS });
        }
        let whole = Self::DIGITS - Self::DECIMALS;
        if digits - value.scale() > whole {
            return Err(Violation::TooManyWholeDigits { max: whole });
        }
        if value.is_sign_negative() && !value.is_zero() {
            return Err(Violation::BelowMinimum { min: 0 });
        }
        let mut value = value.abs();
        value.rescale(Self::DECIMALS);
        Ok(Self(value))
    }

    /// The exact value, with two decimals.
    pub const fn value(self) -> Decimal {
        self.0
    }

    /// Whether nothing is to be paid.
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// What is left after taking `other` away; `None` where that is less than nothing.
    pub fn minus(self, other: Self) -> Option<Self> {
        (self.0 >= other.0).then(|| Self(self.0 - other.0))
    }

    /// The sum; `None` where the column could not hold it.
    pub fn plus(self, other: Self) -> Option<Self> {
        Self::new(self.0 + other.0).ok()
    }
}

impl std::fmt::Display for Amount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2}", self.0)
    }
}

/// An amount in a currency that can express it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    amount: Amount,
    currency: Currency,
}

impl Money {
    /// Errors: [`Violation::BelowMinorUnit`] where the amount is no whole number of the
    /// currency's minor units.
    pub fn new(amount: Amount, currency: Currency) -> Result<Self, Violation> {
        if amount.value().normalize().scale() > currency.exponent() {
            return Err(Violation::BelowMinorUnit);
        }
        Ok(Self { amount, currency })
    }

    /// Nothing, which every currency can express.
    pub const fn nothing(currency: Currency) -> Self {
        Self { amount: Amount::ZERO, currency }
    }

    /// How much.
    pub const fn amount(self) -> Amount {
        self.amount
    }

    /// Of what.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The whole number of minor units: USD 19.99 is 1999, JPY 500 is 500, KWD 5.12 is 5120.
    pub fn minor_units(self) -> i64 {
        let mut scaled = self.amount.value().normalize();
        scaled.rescale(self.currency.exponent());
        // At most eight digits before the point and three behind: far within 64 bits.
        i64::try_from(scaled.mantissa()).unwrap_or(i64::MAX)
    }

    /// The amount of a whole number of minor units. Errors: what [`Amount::new`] says of a value
    /// that the column cannot hold.
    pub fn from_minor_units(units: i64, currency: Currency) -> Result<Self, Violation> {
        let value = Decimal::new(units, currency.exponent()).normalize();
        Self::new(Amount::new(value)?, currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn amount(text: &str) -> Result<Amount, Violation> {
        Amount::new(text.parse().unwrap())
    }

    #[test]
    fn an_amount_is_what_decimal_10_2_holds() {
        assert_eq!(amount("99999999.99").unwrap().to_string(), "99999999.99");
        assert_eq!(amount("5").unwrap().to_string(), "5.00");
        assert_eq!(amount("-0").unwrap().to_string(), "0.00");
        assert_eq!(amount("0.001"), Err(Violation::TooManyDecimals { max: 2 }));
        assert_eq!(amount("100000000"), Err(Violation::TooManyWholeDigits { max: 8 }));
        assert_eq!(amount("12345678901"), Err(Violation::TooManyDigits { max: 10 }));
        assert_eq!(amount("-0.01"), Err(Violation::BelowMinimum { min: 0 }));
    }

    #[test]
    fn a_currency_is_a_current_code_in_capitals() {
        assert_eq!(Currency::new(" eur ").unwrap().code(), "EUR");
        assert_eq!(Currency::new("XXX"), Err(Violation::NotCurrency));
        assert_eq!(Currency::new("DEM"), Err(Violation::NotCurrency));
        assert_eq!(Currency::new("EURO"), Err(Violation::TooLong { max: 3 }));
    }

    #[test]
    fn minor_units_follow_the_exponent() {
        for (text, code, units) in
            [("19.99", "USD", 1999), ("500", "JPY", 500), ("5.12", "KWD", 5120)]
        {
            let money = Money::new(amount(text).unwrap(), Currency::new(code).unwrap()).unwrap();
            assert_eq!(money.minor_units(), units);
        }
        let yen = Currency::new("JPY").unwrap();
        assert_eq!(Money::new(amount("0.50").unwrap(), yen), Err(Violation::BelowMinorUnit));
    }

    proptest! {
        #[test]
        fn minor_units_round_trip(units in 0_i64..=99_999_999, code in prop::sample::select(vec!["USD", "JPY", "EUR"])) {
            let currency = Currency::new(code).unwrap();
            let money = Money::from_minor_units(units, currency).unwrap();
            prop_assert_eq!(money.minor_units(), units);
        }
    }
}
