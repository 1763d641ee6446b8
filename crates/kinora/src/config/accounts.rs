//! Settings of sign-up and of the ways that codes are delivered.

use std::path::PathBuf;

use serde::Deserialize;

/// Signing up for an account.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignupConfig {
    /// Who may sign up.
    pub mode: SignupMode,
    /// Whether a new account is in use at once.
    pub activation: Activation,
}

/// See [`SignupConfig::mode`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignupMode {
    /// Everybody who can read the code.
    #[default]
    Open,
    /// Who has a code of `kinora account invite`.
    Invite,
    /// Nobody: accounts are made by `kinora account create`.
    Closed,
}

/// See [`SignupConfig::activation`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// At once.
    #[default]
    Automatic,
    /// After `kinora account activate`.
    Operator,
}

/// How codes reach people.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryConfig {
    /// Codes and tokens for an e-mail address.
    pub email: EmailDelivery,
    /// Codes for a telephone.
    pub phone: PhoneDelivery,
    /// PEM file of authorities that mail servers and webhooks are trusted by. Without it
    /// those of the system.
    pub ca_file: Option<PathBuf>,
    /// The mail server, for `email = "smtp"`.
    pub smtp: SmtpConfig,
    /// The webhook, for a channel set to `"webhook"`.
    pub webhook: WebhookConfig,
}

/// See [`DeliveryConfig::email`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailDelivery {
    /// On the server's own log, for the operator to hand on.
    #[default]
    Log,
    /// By a mail server.
    Smtp,
    /// By an HTTP request.
    Webhook,
    /// Not at all: addresses are not verified.
    Disabled,
}

/// See [`DeliveryConfig::phone`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PhoneDelivery {
    /// On the server's own log, for the operator to hand on.
    #[default]
    Log,
    /// By an HTTP request, to a gateway for text messages or calls.
    Webhook,
    /// Not at all: numbers are not verified, nor asked for.
    Disabled,
}

/// A mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SmtpConfig {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port: 587 for `starttls`, 465 for `tls`, 25 for `none`, usually.
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// User to sign in as, if the server wants that.
    pub user: Option<String>,
    /// File with that user's password.
    pub password_file: Option<PathBuf>,
    /// Address that mail comes from.
    pub from: String,
}

/// See [`SmtpConfig::security`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpSecurity {
    /// TLS is asked for in the first lines (RFC 3207) and insisted on.
    #[default]
    Starttls,
    /// TLS from the first byte (RFC 8314).
    Tls,
    /// None; only for a server on the same machine.
    None,
}

impl Default for SmtpConfig {
    fn default() -> SmtpConfig {
        SmtpConfig {
            host: String::new(),
            port: 587,
            security: SmtpSecurity::Starttls,
            user: None,
            password_file: None,
            from: String::new(),
        }
    }
}

/// A webhook.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookConfig {
    /// Where the request is sent, `http://…` or `https://…`.
    pub url: Option<String>,
    /// File with a token that is sent as `Authorization: Bearer …`.
    pub token_file: Option<PathBuf>,
}

impl DeliveryConfig {
    /// Checks what types cannot say.
    ///
    /// # Errors
    ///
    /// A message that names the key.
    pub(super) fn check(&self) -> Result<(), String> {
        let smtp = &self.smtp;
        if self.email == EmailDelivery::Smtp && (smtp.host.is_empty() || smtp.from.is_empty()) {
            return Err("delivery.smtp: host and from are needed for email = \"smtp\"".to_owned());
        }
        if smtp.user.is_some() != smtp.password_file.is_some() {
            return Err("delivery.smtp: user and password_file go together".to_owned());
        }
        if !smtp.from.is_empty() && smtp.from.parse::<lettre::Address>().is_err() {
            return Err(format!(
                "delivery.smtp: '{}' is no e-mail address",
                smtp.from
            ));
        }
        let hooked = self.email == EmailDelivery::Webhook || self.phone == PhoneDelivery::Webhook;
        match &self.webhook.url {
            None if hooked => Err("delivery.webhook: url is needed".to_owned()),
            Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => Err(
                format!("delivery.webhook: '{url}' must begin with http:// or https://"),
            ),
            _ => Ok(()),
        }
    }
}
