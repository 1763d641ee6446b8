//! All integration tests: one binary, since linking is what tests cost.

mod access;
mod accounts;
mod aws_cli;
mod boto3;
mod console;
mod control;
mod curl_put;
mod demo;
mod guide;
mod harness;
mod hls;
mod http;
mod iot;
mod lifecycle;
mod media_put;
mod permissions;
mod policy;
mod process;
mod promises;
mod put_wire;
mod sts;
mod survey;
mod two_accounts;
mod uploads;
mod users;
mod walk;
