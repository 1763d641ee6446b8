//! The world of Kinora: the only crate with sockets, tasks, a clock, randomness,
//! configuration and a command line.
//!
//! # Lock order
//!
//! A thread that holds a lock may only take one further down. No lock is held across an
//! `.await`, but for the turn of an account's changes (`directories`), which is made for it.
//!
//! | order | lock | guards |
//! | --- | --- | --- |
//! | 1 | `hub::Hub` | the map of live streams |
//! | 2 | `hub::LiveStream` | numbering, ring and sessions of one stream |
//! | 3 | `hub::LiveFragment` | the bytes of one fragment |
//! | 4 | `http::auth` key cache | derived signing keys |
//! | 5 | `directories` | the map of accounts, then one account's picture |
//! | 6 | `last_used` | the latest uses of keys and roles |
//! | 7 | `throttle` | one map of attempts, never two at once |
//! | 8 | `ops::standing` | compiled policies, each alone |
//! | 9 | `ops::authority::decisions` | recent decisions |
//! | 10 | `reports` | the credential reports |
//! | 11 | `survey` | tracks and totals of streams, each alone |

pub mod accounts;
pub mod audit;
pub mod bootstrap;
pub mod cli;
pub mod clock;
pub mod compute;
pub mod config;
pub mod console;
pub mod delivery;
pub mod device_ca;
pub mod directories;
pub mod flush;
pub mod http;
pub mod hub;
pub mod last_used;
pub mod lately;
pub mod operator;
pub mod ops;
pub mod packed;
pub mod password;
pub mod playback;
pub mod qr;
pub mod reports;
pub mod server;
pub mod session_token;
pub mod signin;
pub mod signup;
pub mod stream;
pub mod survey;
pub mod throttle;
pub mod totp;
pub mod trust;
pub mod worker;
