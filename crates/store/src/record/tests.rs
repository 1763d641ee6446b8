//! Tests of the record module.
