//! How codes and tokens reach people: by the operator's log, a mail server or a webhook.

mod smtp;
mod webhook;

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kvs::limits;
use kvs::signup::Channel;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::config::accounts::{DeliveryConfig, EmailDelivery, PhoneDelivery};
use crate::trust;

/// Delivers messages, a few at a time.
pub struct Courier {
    room: Arc<Semaphore>,
}

impl Default for Courier {
    fn default() -> Courier {
        Courier {
            room: Arc::new(Semaphore::new(limits::DELIVERIES_AT_ONCE_MAX)),
        }
    }
}

/// A message to one person.
pub struct Message {
    /// What it goes over.
    pub channel: Channel,
    /// Address or number.
    pub to: String,
    /// What it is about.
    pub purpose: Purpose,
    /// The secret it is about, if there is one.
    pub code: Option<String>,
    /// The page where the secret is used, with it, if there is one.
    pub link: Option<String>,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A code to sign up with.
    SignUp,
    /// Somebody tries to sign up with an address that has an account.
    AddressTaken,
    /// A token to set a new password with.
    ResetPassword,
}

impl Purpose {
    /// Its name for logs and webhooks.
    fn name(self) -> &'static str {
        match self {
            Purpose::SignUp => "sign-up",
            Purpose::AddressTaken => "address-taken",
            Purpose::ResetPassword => "reset-password",
        }
    }
}

impl Message {
    fn subject(&self) -> &'static str {
        match self.purpose {
            Purpose::SignUp => "Your code to sign up with Kinora",
            Purpose::AddressTaken => "You have an account with Kinora already",
            Purpose::ResetPassword => "A new password for your Kinora account",
        }
    }

    fn text(&self) -> String {
        let code = self.code.as_deref().unwrap_or_default();
        let link = self.link.as_deref().unwrap_or_default();
        match self.purpose {
            Purpose::SignUp => format!(
                "Your code is {code}. It counts for ten minutes.\n\n\
                 If you did not sign up with Kinora, ignore this message.\n"
            ),
            Purpose::AddressTaken => "Somebody, perhaps you, tried to sign up with this address, \
                but it has an account with Kinora already. Sign in with it; if you do not know \
                your password any more, ask for a new one there.\n"
                .to_owned(),
            Purpose::ResetPassword => format!(
                "Somebody, perhaps you, asked for a new password for the root user of your \
                 account. To set one, open this page within half an hour:\n\n{link}\n\n\
                 If it asks for a token, this is it:\n\n{code}\n\n\
                 If it was not you, ignore this message: your password stays as it is.\n"
            ),
        }
    }
}

impl Courier {
    /// Sends a message in a task of its own: who asked does not wait for it, and learns
    /// nothing from how long it takes. What fails is logged, without the code.
    pub fn send(&self, config: &Config, message: Message) {
        let config = &config.delivery;
        let way = match message.channel {
            Channel::Email => config.email,
            Channel::Phone => match config.phone {
                PhoneDelivery::Log => EmailDelivery::Log,
                PhoneDelivery::Webhook => EmailDelivery::Webhook,
                PhoneDelivery::Disabled => EmailDelivery::Disabled,
            },
        };
        let (to, purpose) = (message.to.clone(), message.purpose.name());
        if way == EmailDelivery::Log {
            // The one place where a code may be read: the operator chose it to be here.
            let code = message.code.as_deref().unwrap_or("-");
            let link = message.link.as_deref();
            tracing::info!(to, purpose, code, link, "a message to be handed on");
            return;
        }
        if way == EmailDelivery::Disabled {
            return;
        }
        let Ok(permit) = Arc::clone(&self.room).try_acquire_owned() else {
            tracing::warn!(to, purpose, "too many messages are on their way; not sent");
            return;
        };
        let config = config.clone();
        tokio::spawn(async move {
            let sent = async {
                match way {
                    EmailDelivery::Smtp => smtp::send(&config, &message).await,
                    _ => webhook::send(&config, &message).await,
                }
            };
            let sent = tokio::time::timeout(LIMIT, sent).await;
            let sent = sent.unwrap_or_else(|_| Err("it took longer than 30 seconds".to_owned()));
            match sent {
                Ok(()) => tracing::info!(to, purpose, "a message was sent"),
                Err(error) => tracing::error!(to, purpose, error, "a message was not sent"),
            }
            drop(permit);
        });
    }
}

/// What a connection is made of.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Wraps a connection in TLS and makes sure that it is with `host`.
async fn secured(
    config: &DeliveryConfig,
    host: &str,
    wire: TcpStream,
) -> Result<Box<dyn Wire>, String> {
    let bundle = config.ca_file.as_deref();
    let connector = trust::connector(bundle)?;
    let connector = connector.ok_or("there are no certificates to trust: set ca_file")?;
    let name = match host.parse::<IpAddr>() {
        Ok(ip) => ServerName::from(ip),
        Err(_) => ServerName::try_from(host.to_owned()).map_err(|error| error.to_string())?,
    };
    let stream = connector.connect(name, wire).await;
    Ok(Box::new(stream.map_err(|error| error.to_string())?))
}

async fn connected(host: &str, port: u16) -> Result<TcpStream, String> {
    let stream = TcpStream::connect((host, port)).await;
    stream.map_err(|error| format!("{host}:{port}: {error}"))
}

/// A secret from its file, without the line end that editors add.
fn secret(path: &Path) -> Result<String, String> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// How long a delivery may take.
const LIMIT: Duration = Duration::from_secs(30);
