//! Taking over a database that Django has made and filled: by copying it, and where it is.
//!
//! Django makes it with the models and migrations of `tests/fixtures/django`. It needs a Python that
//! has Django: `WIWEBB_DJANGO_PYTHON`, else that of `target/django`, which `.ci/run` makes. Without
//! one these tests are left out, and say so.

// Whatever fails in a helper fails a test, and a panic is how a test fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catalog;
mod copy;
mod django;
mod in_place;
mod misfits;
mod program;
mod sign_in;
