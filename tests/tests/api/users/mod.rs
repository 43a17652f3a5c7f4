//! Contract §5 and the rows on users of §13.

mod access;
mod activation;
mod create;
mod delete;
mod object;
mod update;
