//! The command line.

pub mod client;
pub mod credentials;
pub mod get;
pub mod put;
mod timestamp;

#[cfg(test)]
mod tests;
