//! `cargo xtask codegen`: wire shapes from the models.

use crate::{Result, shell};

/// Writes the shapes, or with `--check` fails if they are not current.
pub(crate) fn run(_args: &[String]) -> Result<()> {
    match shell::root().join("models").exists() {
        false => Ok(()),
        true => Err("there are models but nothing that reads them".to_owned()),
    }
}
