//! All integration tests: one binary, since linking is what tests cost.

mod harness;
