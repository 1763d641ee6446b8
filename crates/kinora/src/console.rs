//! The small built-in page that plays a stream. The web console will replace it.

use crate::http::reply::{self, Reply};

/// `GET /`: the player, which also says what this server is.
pub fn page() -> Reply {
    with_policy(reply::whole(200, "text/html; charset=utf-8", PAGE))
}

/// What the page is made of; `None` for a name that is not part of it.
pub fn asset(file: &str) -> Option<Reply> {
    let reply = match file {
        "play" => return Some(page()),
        "player.js" => reply::whole(200, "text/javascript; charset=utf-8", PLAYER),
        "player.css" => reply::whole(200, "text/css; charset=utf-8", STYLE),
        _ => return None,
    };
    Some(with_policy(reply))
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

/// Nothing on the page comes from elsewhere, nothing may frame it, and it is never
/// served stale after an upgrade.
fn with_policy(mut reply: Reply) -> Reply {
    reply::header(&mut reply, "content-security-policy", POLICY);
    reply::header(&mut reply, "x-content-type-options", "nosniff");
    reply::header(&mut reply, "referrer-policy", "no-referrer");
    reply::header(&mut reply, "cache-control", "no-cache");
    reply
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      connect-src 'self'; media-src blob:; img-src 'self' data:; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
const PAGE: &str = include_str!("console/page.html");
const PLAYER: &str = include_str!("console/player.js");
const STYLE: &str = include_str!("console/player.css");
