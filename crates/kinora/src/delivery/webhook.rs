//! Sending a message by a `POST` with JSON, to a gateway for mail, text messages or calls.

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use kvs::signup::Channel;
use serde_json::json;

use super::{Message, Wire, connected, secret, secured};
use crate::config::accounts::DeliveryConfig;

/// Sends a message.
///
/// # Errors
///
/// Why it was not delivered; never the message or the token.
pub(super) async fn send(config: &DeliveryConfig, message: &Message) -> Result<(), String> {
    let hook = &config.webhook;
    let url = hook.url.as_deref().unwrap_or_default();
    let uri: Uri = url.parse().map_err(|_| format!("'{url}' is no URL"))?;
    let is_secure = uri.scheme_str() == Some("https");
    let host = uri.host().ok_or_else(|| format!("'{url}' has no host"))?;
    let host = host.trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let socket = connected(host, port).await?;
    let wire: Box<dyn Wire> = match is_secure {
        true => secured(config, host, socket).await?,
        false => Box::new(socket),
    };
    let channel = match message.channel {
        Channel::Email => "email",
        Channel::Phone => "phone",
    };
    let body = json!({
        "channel": channel,
        "to": message.to,
        "purpose": message.purpose.name(),
        "code": message.code,
        "link": message.link,
        "text": message.text(),
    });
    let authority = uri.authority().map_or(host, |authority| authority.as_str());
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::post(path)
        .header("host", authority)
        .header("content-type", "application/json");
    if let Some(file) = &hook.token_file {
        request = request.header("authorization", format!("Bearer {}", secret(file)?));
    }
    let request = request
        .body(Full::new(Bytes::from(body.to_string())))
        .map_err(|_| "the token is not one that a header can carry".to_owned())?;
    let connected = http1::handshake(TokioIo::new(wire)).await;
    let (mut sender, connection) = connected.map_err(|error| error.to_string())?;
    // It ends with the exchange.
    tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    let status = answer.map_err(|error| error.to_string())?.status();
    match status.is_success() {
        true => Ok(()),
        false => Err(format!("the webhook answered {status}")),
    }
}
