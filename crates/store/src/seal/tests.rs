//! Tests of the seal module.
