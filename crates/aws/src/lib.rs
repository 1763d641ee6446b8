//! The AWS wire: names, shapes, signatures, policies. It knows what calls look like, and nothing of
//! what they mean.

pub mod arn;
pub mod error;
pub mod fuzz;
pub mod json;
pub mod jwt;
pub mod op;
pub mod policy;
pub mod query;
mod read;
pub mod rest;
mod rule;
pub mod shapes;
pub mod sigv4;
pub mod value;
mod write;
