//! Says when to embed the console anew: `cargo xtask run`, `test` and `ci` build it.

use std::path::Path;

fn main() {
    // A path that is missing would be looked at as changed with every build.
    let built = Path::new("../../console/dist");
    let watched = if built.exists() {
        "../../console/dist"
    } else {
        "../../console"
    };
    println!("cargo::rerun-if-changed={watched}");
}
