//! Sending one mail (RFC 5321), over TLS (RFC 3207, RFC 8314), signed in if need be
//! (RFC 4954, mechanism PLAIN).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Message, Wire, connected, secret, secured};
use crate::config::accounts::{DeliveryConfig, SmtpSecurity};
use crate::server;

/// Sends a message.
///
/// # Errors
///
/// What the server said or why it was not reached; never the message or the password.
pub(super) async fn send(config: &DeliveryConfig, message: &Message) -> Result<(), String> {
    let smtp = &config.smtp;
    let socket = connected(&smtp.host, smtp.port).await?;
    let mut session: Session<Box<dyn Wire>> = match smtp.security {
        SmtpSecurity::Tls => Session::new(secured(config, &smtp.host, socket).await?),
        SmtpSecurity::None => Session::new(Box::new(socket)),
        SmtpSecurity::Starttls => {
            let mut plain = Session::new(socket);
            plain.expect(220, "the greeting").await?;
            plain.hello().await?;
            plain.say("STARTTLS", 220, "STARTTLS").await?;
            if !plain.unread.is_empty() {
                // Said before TLS began, by anybody.
                return Err("the server said something between STARTTLS and TLS".to_owned());
            }
            let wire = secured(config, &smtp.host, plain.wire).await?;
            Session::new(wire)
        }
    };
    if smtp.security != SmtpSecurity::Starttls {
        session.expect(220, "the greeting").await?;
    }
    let extensions = session.hello().await?;
    if let (Some(user), Some(file)) = (&smtp.user, &smtp.password_file) {
        let password = secret(file)?;
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        session
            .say(&format!("AUTH PLAIN {plain}"), 235, "AUTH")
            .await?;
    }
    let utf8 = match message.to.is_ascii() {
        true => "",
        false if extensions.contains("SMTPUTF8") => " SMTPUTF8",
        false => return Err("the mail server takes ASCII addresses only".to_owned()),
    };
    let (from, to) = (&smtp.from, &message.to);
    session
        .say(&format!("MAIL FROM:<{from}>{utf8}"), 250, "MAIL FROM")
        .await?;
    session
        .say(&format!("RCPT TO:<{to}>"), 250, "RCPT TO")
        .await?;
    session.say("DATA", 354, "DATA").await?;
    session
        .say(&mail(from, message), 250, "the message")
        .await?;
    // The mail is on its way, whatever the server says to this.
    let _ = session.say("QUIT", 221, "QUIT").await;
    Ok(())
}

/// The mail and the dot that ends it. The text is in base64, which has no lines that
/// begin with a dot and no letters that a relay could harm.
fn mail(from: &str, message: &Message) -> String {
    let now = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S +0000");
    let id = server::random_alphanumerics(24);
    let host = from.rsplit('@').next().unwrap_or("localhost");
    let body = STANDARD.encode(message.text());
    let lines: Vec<&str> = body
        .as_bytes()
        .chunks(76)
        .filter_map(|line| std::str::from_utf8(line).ok())
        .collect();
    format!(
        "From: Kinora <{from}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {now}\r\n\
         Message-ID: <{id}@{host}>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
         {}\r\n.",
        message.to,
        message.subject(),
        lines.join("\r\n")
    )
}

struct Session<W> {
    wire: W,
    unread: Vec<u8>,
}

impl<W: Wire> Session<W> {
    fn new(wire: W) -> Session<W> {
        Session {
            wire,
            unread: Vec::new(),
        }
    }

    /// Introduces us; what the server can do.
    async fn hello(&mut self) -> Result<String, String> {
        self.say("EHLO kinora.localhost", 250, "EHLO").await
    }

    /// Says something; the answer. `what` stands for it in errors.
    async fn say(&mut self, line: &str, code: u16, what: &str) -> Result<String, String> {
        let line = format!("{line}\r\n");
        let written = self.wire.write_all(line.as_bytes()).await;
        written.map_err(|error| format!("{what}: {error}"))?;
        let flushed = self.wire.flush().await;
        flushed.map_err(|error| format!("{what}: {error}"))?;
        self.expect(code, what).await
    }

    async fn expect(&mut self, code: u16, what: &str) -> Result<String, String> {
        let mut answer = String::new();
        loop {
            let line = self
                .line()
                .await
                .map_err(|error| format!("{what}: {error}"))?;
            answer.push_str(&line);
            answer.push('\n');
            // A dash after the code means that more lines follow.
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
            if answer.len() > ANSWER_BYTES_MAX {
                return Err(format!("{what}: the answer does not end"));
            }
        }
        match answer.get(..3) == Some(&code.to_string()) {
            true => Ok(answer),
            false => Err(format!("{what}: {}", answer.trim_end())),
        }
    }

    async fn line(&mut self) -> Result<String, String> {
        loop {
            if let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.unread.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.unread.len() > ANSWER_BYTES_MAX {
                return Err("a line does not end".to_owned());
            }
            let mut piece = [0; 1024];
            let read = self.wire.read(&mut piece).await;
            match read.map_err(|error| error.to_string())? {
                0 => return Err("the server hung up".to_owned()),
                n => self.unread.extend_from_slice(&piece[..n]),
            }
        }
    }
}

const ANSWER_BYTES_MAX: usize = 16 << 10;
