//! The AWS wire: names, shapes, signatures, policies. It knows what calls look like, and nothing of
//! what they mean.

pub mod arn;
pub mod sigv4;
