//! Why values are refused, told by field in the words that clients read (contract §1.8, §1.9).

use std::collections::BTreeMap;

use thiserror::Error as ThisError;

/// Why one value is refused. The text is what the client reads (contract §1.8, §1.9).
#[derive(Debug, Clone, PartialEq, Eq, ThisError)]
pub enum Violation {
    /// A required value is absent.
    #[error("This field is required.")]
    Required,
    /// NULL where a value is needed.
    #[error("This field may not be null.")]
    Null,
    /// Empty after trimming.
    #[error("This field may not be blank.")]
    Blank,
    /// Not a text.
    #[error("Not a valid string.")]
    NotText,
    /// More Unicode code points than the column holds.
    #[error("Ensure this field has no more than {max} characters.")]
    TooLong {
        /// Greatest number of code points.
        max: usize,
    },
    /// PostgreSQL's text cannot hold U+0000.
    #[error("Null characters are not allowed.")]
    NulCharacter,
    /// Not a truth value.
    #[error("Must be a valid boolean.")]
    NotBoolean,
    /// Not a whole number.
    #[error("A valid integer is required.")]
    NotInteger,
    /// Above the greatest value allowed.
    #[error("Ensure this value is less than or equal to {max}.")]
    AboveMaximum {
        /// The greatest value allowed.
        max: i64,
    },
    /// Below the least value allowed.
    #[error("Ensure this value is greater than or equal to {min}.")]
    BelowMinimum {
        /// The least value allowed.
        min: i64,
    },
    /// Zero or less where money must move.
    #[error("Ensure this value is greater than 0.")]
    NotPositive,
    /// Not a finite decimal number.
    #[error("A valid number is required.")]
    NotNumber,
    /// More digits after the point than the column holds.
    #[error("Ensure that there are no more than {max} decimal places.")]
    TooManyDecimals {
        /// Digits after the point.
        max: u32,
    },
    /// More digits than the column holds.
    #[error("Ensure that there are no more than {max} digits in total.")]
    TooManyDigits {
        /// Digits in all.
        max: u32,
    },
    /// More digits before the point than the column holds.
    #[error("Ensure that there are no more than {max} digits before the decimal point.")]
    TooManyWholeDigits {
        /// Digits before the point.
        max: u32,
    },
    /// Not one of the listed words.
    #[error("\"{value}\" is not a valid choice.")]
    NotAChoice {
        /// What was sent.
        value: String,
    },
    /// Not an email address.
    #[error("Enter a valid email address.")]
    NotEmail,
    /// Not a web address.
    #[error("Enter a valid URL.")]
    NotUrl,
    /// Characters that a slug cannot have.
    #[error("Enter a valid 'slug' consisting of letters, numbers, underscores or hyphens.")]
    NotSlug,
    /// A slug that is a path of its own.
    #[error("This value is reserved.")]
    Reserved,
    /// Characters that a username cannot have.
    #[error(
        "Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters."
    )]
    NotUsername,
    /// Not a calendar date.
    #[error("Date has wrong format. Use one of these formats instead: YYYY-MM-DD.")]
    NotDate,
    /// A reference that is not an id at all.
    #[error("Incorrect type. Expected pk value, received {found}.")]
    NotAKey {
        /// The type that was sent, in the contract's words (`str`, `bool`, ...).
        found: &'static str,
    },
    /// A reference to a row that does not exist.
    #[error("Invalid pk \"{key}\" - object does not exist.")]
    NoSuchObject {
        /// The id that was sent.
        key: String,
    },
    /// Not a JSON object.
    #[error("Expected a dictionary of items but got type \"{found}\".")]
    NotAnObject {
        /// The type that was sent.
        found: &'static str,
    },
    /// A JSON value where an object of fields is expected.
    #[error("Invalid data. Expected a dictionary, but got {found}.")]
    NotFields {
        /// The type that was sent.
        found: &'static str,
    },
    /// Not a current ISO 4217 code.
    #[error("Enter a valid currency code.")]
    NotCurrency,
    /// Not a whole number of the currency's minor units.
    #[error("This amount has more decimals than the currency allows.")]
    BelowMinorUnit,
    /// Another row has the value already.
    #[error("{}", .0.message())]
    Taken(UniqueKey),
    /// Password rule: length (contract §1.9).
    #[error("This password is too short. It must contain at least {min} characters.")]
    PasswordTooShort {
        /// Least number of characters.
        min: usize,
    },
    /// Password rule: the list of common ones.
    #[error("This password is too common.")]
    PasswordTooCommon,
    /// Password rule: digits only.
    #[error("This password is entirely numeric.")]
    PasswordEntirelyNumeric,
    /// Password rule: likeness to the user's data.
    #[error("The password is too similar to the {attribute}.")]
    PasswordTooSimilar {
        /// Which of the user's data.
        attribute: &'static str,
    },
    /// The repetition differs.
    #[error("The two password fields didn't match.")]
    PasswordsDiffer,
    /// The present password is another one.
    #[error("Wrong password.")]
    WrongPassword,
    /// Nobody switches oneself off.
    #[error("You cannot change your own active status.")]
    OwnActiveStatus,
    /// A part of a reset link that is unknown, used or expired.
    #[error("Invalid value")]
    InvalidLink,
    /// A tenant owner creating a user elsewhere.
    #[error("Cannot create resources in other tenants")]
    OtherTenant,
    /// No active gateway of this id, name or variant that can be paid with.
    #[error("Payment gateway unavailable.")]
    GatewayUnavailable,
    /// More than was authorised.
    #[error("Capture exceeds the authorised amount.")]
    CaptureTooLarge,
    /// More than is left.
    #[error("Refund exceeds the remaining amount.")]
    RefundTooLarge,
    /// A filter that is no truth value (contract §1.6).
    #[error("Enter a valid boolean.")]
    FilterNotBoolean,
    /// A filter that is no id.
    #[error("Enter a number.")]
    FilterNotNumber,
    /// A filter that is no UUID.
    #[error("Enter a valid UUID.")]
    FilterNotUuid,
    /// A filter that is no instant.
    #[error("Enter a valid date/time.")]
    FilterNotTime,
    /// A filter that is none of the listed words.
    #[error("Select a valid choice. {value} is not one of the available choices.")]
    FilterNotAChoice {
        /// What was sent.
        value: String,
    },
    /// Login refused; the reason is withheld on purpose.
    #[error("Unable to log in with provided credentials.")]
    BadCredentials,
}

/// The key under which violations of several fields together are reported (contract §1.4).
pub const NON_FIELD: &str = "non_field_errors";

/// All refused values of one input, by field name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(BTreeMap<&'static str, Vec<Violation>>);

impl Violations {
    /// One violation of one field.
    pub fn of(field: &'static str, violation: Violation) -> Self {
        let mut violations = Self::default();
        violations.add(field, violation);
        violations
    }

    /// Adds a violation behind those the field has already.
    pub fn add(&mut self, field: &'static str, violation: Violation) {
        self.0.entry(field).or_default().push(violation);
    }

    /// Whether nothing was refused.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a value is refused for what is stored, not for itself.
    pub fn stand_against_the_object(&self) -> bool {
        let by_object = |found: &Violation| {
            matches!(found, Violation::RefundTooLarge | Violation::CaptureTooLarge)
        };
        self.0.values().flatten().any(by_object)
    }

    /// Fields with their violations, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[Violation])> {
        self.0.iter().map(|(field, violations)| (*field, violations.as_slice()))
    }

    /// `Ok` where nothing was refused.
    pub fn into_result(self) -> Result<(), Self> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (field, violations)) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            let texts: Vec<String> = violations.iter().map(ToString::to_string).collect();
            write!(f, "{field}: {}", texts.join(" "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

/// A value that at most one row may have (contract §1.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UniqueKey {
    /// `api_tenant.name`
    TenantName,
    /// `api_tenant.slug`
    TenantSlug,
    /// `api_tenant.uuid`
    TenantUuid,
    /// `api_user.username`
    Username,
    /// `api_user.email`, without regard to case
    Email,
    /// `payment_plan.name`
    PlanName,
    /// `payment_plan.default`: one plan at most
    DefaultPlan,
    /// `payment_paymentgatewayconfig.name`
    GatewayName,
    /// `payment_payment.transaction_id` within one gateway
    GatewayTransaction,
    /// `payment_operation`: one open order a payment
    OpenOperation,
    /// `payment_subscription`: one live one a user
    LiveSubscription,
}

impl UniqueKey {
    /// The field that a client wrote the value in.
    pub const fn field(self) -> &'static str {
        match self {
            Self::TenantName | Self::PlanName | Self::GatewayName => "name",
            Self::TenantSlug => "slug",
            Self::TenantUuid => "uuid",
            Self::Username => "username",
            Self::Email => "email",
            Self::DefaultPlan => "default",
            Self::GatewayTransaction => "transaction_id",
            Self::OpenOperation | Self::LiveSubscription => NON_FIELD,
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::TenantName => "tenant with this name already exists.",
            Self::TenantSlug => "tenant with this slug already exists.",
            Self::TenantUuid => "tenant with this uuid already exists.",
            Self::Username => "A user with that username already exists.",
            Self::Email => "user with this email already exists.",
            Self::PlanName => "plan with this name already exists.",
            Self::DefaultPlan => "Another plan is the default.",
            Self::GatewayName => "payment gateway config with this name already exists.",
            Self::GatewayTransaction => "payment with this transaction_id already exists.",
            Self::OpenOperation => "The payment is being processed.",
            Self::LiveSubscription => "User already has an active subscription",
        }
    }
}

impl From<&[UniqueKey]> for Violations {
    fn from(keys: &[UniqueKey]) -> Self {
        let mut violations = Self::default();
        for key in keys {
            violations.add(key.field(), Violation::Taken(*key));
        }
        violations
    }
}
