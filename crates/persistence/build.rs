//! Rebuilds the crate when a migration is added: the compiler itself only watches the files it has
//! already embedded.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
