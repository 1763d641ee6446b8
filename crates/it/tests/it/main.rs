//! All integration tests: one binary, since linking is what tests cost.

mod aws_cli;
mod boto3;
mod curl_put;
mod demo;
mod harness;
mod hls;
mod lifecycle;
mod media_put;
mod promises;
