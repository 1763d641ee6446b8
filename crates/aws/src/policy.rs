//! IAM policies: read, compiled, asked, explained.
//!
//! [`Document::parse`] reads a policy as strictly as AWS does and compiles it; [`evaluate`] asks
//! the policies that count about a [`Request`]; the [`Decision`] says what was decided and by which
//! policies, and can be put in words. Nothing here knows what is stored where: a caller brings
//! documents and condition keys.
//!
//! "IAM JSON policy reference" and "Policy evaluation logic" (IAM User Guide).

pub mod actions;
mod condition;
mod eval;
mod explain;
mod json;
pub mod managed;
mod model;
mod parse;
mod pattern;
mod principal;
mod request;
mod value;
mod variable;

pub use eval::{Decision, Outcome, Policies, Source, Sourced, Stage, evaluate};
pub use explain::{Matched, Remedy, Unmet};
pub use model::{Document, DocumentKind, Effect, PolicyError, Position, significant_len};
pub use parse::invalid_principal;
pub use principal::{NamedPrincipal, PrincipalKind};
pub use request::{Context, Keys, Principal, Request, Values};

#[cfg(test)]
mod cases;
#[cfg(test)]
mod tests;
