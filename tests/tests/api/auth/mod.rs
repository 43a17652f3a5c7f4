//! Contract §1.2 and §3: keys, signing in and out, registration and one's own data.

mod keys;
mod lockout;
mod login;
mod profile;
mod registration;
mod tokens;
