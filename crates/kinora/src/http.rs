//! HTTP/1.1: accepting, telling https from http, routing, authentication, replies.

pub mod auth;
pub mod body;
pub mod device;
pub mod fields;
pub mod forwarded;
pub mod handle;
pub mod listen;
pub mod origin;
pub mod reply;
pub mod route;
mod socket;
pub mod tls;
