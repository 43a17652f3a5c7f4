//! What is kept about a person: handed out on request, and forgotten where the user has to stay.

mod anonymise;
pub mod export;

use super::Ports;

/// Use cases on what is kept about a person.
#[derive(Clone)]
pub struct Privacy {
    ports: Ports,
}

impl Privacy {
    /// Over these ports.
    pub fn new(ports: Ports) -> Self {
        Self { ports }
    }
}
