//! Contract §1.9, §3.5 to §3.7 and §5.5: passwords by whichever way they are set.

mod change;
mod reset;
mod rules;
mod set;

pub(crate) use reset::link;
