//! What is kept about a person: handed out on request, and forgotten where the user has to stay.

mod afterwards;
mod anonymise;
mod export;
mod kept;
