//! The web console: files that `console/` was built to, served from within the binary.
//!
//! A debug build reads them from the folder at each request, so that a change of the
//! console needs no build of the server. What compresses stands there compressed, by gzip,
//! which every browser takes. Names carry a digest of their content and never change their
//! meaning; only the page itself is asked for anew.

use hyper::http::request::Parts;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::config::Config;
use crate::http::reply::{self, Reply};

/// The one page, which shows what its address says. It is the same for everybody.
pub fn page(config: &Config, parts: &Parts) -> Reply {
    let file = Built::get("index.html");
    let Some(file) = file else {
        let mut reply = reply::whole(200, HTML, NOT_BUILT);
        harden(&mut reply, config);
        reply::header(&mut reply, "cache-control", "no-store");
        return reply;
    };
    let tag = tag(&file);
    let known = parts.headers.get("if-none-match");
    let mut reply = match known.is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        true => reply::whole(304, HTML, ""),
        false => reply::whole(200, HTML, file.data.into_owned()),
    };
    harden(&mut reply, config);
    reply::header(&mut reply, "etag", &tag);
    reply::header(&mut reply, "cache-control", "no-cache");
    reply
}

/// A file that the page is made of; `None` for a name that is not part of it.
pub fn asset(name: &str) -> Option<Reply> {
    let (_, extension) = name.rsplit_once('.')?;
    let content_type = match extension {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "woff2" => "font/woff2",
        _ => return None,
    };
    let path = format!("assets/{name}");
    let packed = Built::get(&format!("{path}.gz"));
    let is_packed = packed.is_some();
    let file = packed.or_else(|| Built::get(&path))?;
    let mut reply = reply::whole(200, content_type, file.data.into_owned());
    if is_packed {
        reply::header(&mut reply, "content-encoding", "gzip");
    }
    let lasts = match name {
        "licences.json" => "no-cache",
        _ => "public, max-age=31536000, immutable",
    };
    reply::header(&mut reply, "cache-control", lasts);
    reply::header(&mut reply, "x-content-type-options", "nosniff");
    reply::header(&mut reply, "cross-origin-resource-policy", "same-origin");
    Some(reply)
}

/// Whether a person's browser asks for a page, not a program for data.
pub fn wants_page(parts: &Parts) -> bool {
    let accept = parts.headers.get("accept");
    let accept = accept.and_then(|value| value.to_str().ok());
    let is_get = parts.method == "GET" || parts.method == "HEAD";
    is_get && accept.is_some_and(|accept| accept.contains("text/html"))
}

/// An answer about a person: nobody keeps a copy or shows it in a frame.
pub fn private(mut reply: Reply) -> Reply {
    reply::header(&mut reply, "cache-control", "no-store");
    reply::header(
        &mut reply,
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'",
    );
    reply::header(&mut reply, "x-content-type-options", "nosniff");
    reply::header(&mut reply, "referrer-policy", "no-referrer");
    reply
}

/// Nothing on the page comes from elsewhere, nothing may frame it, and of what a browser
/// could do it may only use the camera. Only the server's own addresses may be called.
fn harden(reply: &mut Reply, config: &Config) {
    let endpoints = &config.endpoints;
    let own = [
        &endpoints.public,
        &endpoints.put_media,
        &endpoints.archived_media,
    ];
    let mut called = String::from("'self' blob:");
    for address in own.into_iter().flatten() {
        called.push(' ');
        called.push_str(address);
    }
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
         connect-src {called}; media-src 'self' blob:; img-src 'self' data: blob:; \
         worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    );
    reply::header(reply, "content-security-policy", &policy);
    reply::header(reply, "x-content-type-options", "nosniff");
    reply::header(reply, "x-frame-options", "DENY");
    reply::header(reply, "referrer-policy", "no-referrer");
    reply::header(reply, "cross-origin-opener-policy", "same-origin");
    reply::header(
        reply,
        "permissions-policy",
        "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    );
}

fn tag(file: &EmbeddedFile) -> String {
    let digest = file.metadata.sha256_hash();
    let hex: String = digest[..12]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}

#[derive(RustEmbed)]
#[folder = "../../console/dist"]
#[allow_missing = true]
struct Built;

const HTML: &str = "text/html; charset=utf-8";
const NOT_BUILT: &str = include_str!("console/not_built.html");
