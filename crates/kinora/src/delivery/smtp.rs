//! Sending one mail, over TLS (RFC 3207, RFC 8314), signed in if need be (RFC 4954).

use std::error::Error;

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};

use super::{Message, secret};
use crate::config::accounts::{DeliveryConfig, SmtpConfig, SmtpSecurity};
use crate::{server, trust};

/// Sends a message.
///
/// # Errors
///
/// What the server said or why it was not reached; never the message or the password.
pub(super) async fn send(config: &DeliveryConfig, message: &Message) -> Result<(), String> {
    let smtp = &config.smtp;
    let mail = mail(smtp, message).map_err(|error| error.to_string())?;
    let mut way = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .hello_name(ClientId::Domain("kinora.localhost".to_owned()))
        .tls(tls(config)?);
    if let (Some(user), Some(file)) = (&smtp.user, &smtp.password_file) {
        way = way.credentials(Credentials::new(user.clone(), secret(file)?));
    }
    let sent = way.build().send(mail).await;
    sent.map(drop).map_err(|error| error.to_string())
}

/// How the connection is protected, and whom it trusts.
fn tls(config: &DeliveryConfig) -> Result<Tls, String> {
    let smtp = &config.smtp;
    let wrap = match smtp.security {
        SmtpSecurity::None => return Ok(Tls::None),
        SmtpSecurity::Starttls => Tls::Required,
        SmtpSecurity::Tls => Tls::Wrapper,
    };
    let mut parameters =
        TlsParameters::builder(smtp.host.clone()).certificate_store(CertificateStore::None);
    for root in trust::roots(config.ca_file.as_deref())? {
        let root = Certificate::from_der(root.to_vec()).map_err(|error| error.to_string())?;
        parameters = parameters.add_root_certificate(root);
    }
    let parameters = parameters.build_rustls();
    Ok(wrap(parameters.map_err(|error| error.to_string())?))
}

fn mail(smtp: &SmtpConfig, message: &Message) -> Result<lettre::Message, Box<dyn Error>> {
    let from: Address = smtp.from.parse()?;
    let id = server::random_alphanumerics(24);
    let id = format!("<{id}@{}>", from.domain());
    let mut mail = lettre::Message::builder()
        .from(Mailbox::new(Some("Kinora".to_owned()), from))
        .to(Mailbox::new(None, message.to.parse()?))
        .subject(message.subject())
        .message_id(Some(id))
        .header(ContentType::TEXT_PLAIN)
        .body(message.text())?;
    // So that nobody's absence is reported to it (RFC 3834).
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let automatic = HeaderValue::new(automatic, "auto-generated".to_owned());
    mail.headers_mut().insert_raw(automatic);
    Ok(mail)
}
