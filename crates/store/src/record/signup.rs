//! Sign-ups under way, and ways to a new root password.

use bytes::Bytes;
use kvs::account::PasswordHash;
use kvs::name::AccountId;
use kvs::signup::{Challenge, Channel, Reset, Signup};

use super::wire::{Reader, Writer};
use crate::error::StoreError;

pub(crate) fn encode(signup: &Signup) -> Bytes {
    let mut out = Writer::new(1);
    out.text(&signup.email);
    out.text(&signup.name);
    out.optional_text(signup.phone.as_deref());
    out.text(&signup.password.0);
    out.optional_text(signup.invitation.as_deref());
    out.byte(signup.email_verified.into());
    let challenge = &signup.challenge;
    out.byte(match challenge.channel {
        Channel::Email => 0,
        Channel::Phone => 1,
    });
    out.byte(challenge.digest.is_some().into());
    if let Some(digest) = challenge.digest {
        out.fixed(digest);
    }
    out.number(challenge.expires_ms);
    out.byte(challenge.tries_left);
    out.number(signup.expires_ms);
    out.finish()
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Signup, StoreError> {
    let mut reader = Reader::new("sign-up", bytes, 1)?;
    let signup = Signup {
        email: reader.text()?,
        name: reader.text()?,
        phone: reader.optional_text()?,
        password: PasswordHash(reader.text()?),
        invitation: reader.optional_text()?,
        email_verified: reader.flag()?,
        challenge: Challenge {
            channel: match reader.byte()? {
                0 => Channel::Email,
                1 => Channel::Phone,
                other => return Err(reader.corrupt(&format!("unknown channel {other}"))),
            },
            digest: reader.flag()?.then(|| reader.fixed()).transpose()?,
            expires_ms: reader.number()?,
            tries_left: reader.byte()?,
        },
        expires_ms: reader.number()?,
    };
    reader.finish()?;
    Ok(signup)
}

pub(crate) fn encode_reset(reset: &Reset) -> Bytes {
    let mut out = Writer::new(1);
    out.text(reset.account.as_str());
    out.number(reset.issued_ms);
    out.number(reset.expires_ms);
    out.byte(reset.tries_left);
    out.finish()
}

pub(crate) fn decode_reset(bytes: &[u8]) -> Result<Reset, StoreError> {
    let mut reader = Reader::new("reset", bytes, 1)?;
    let account = reader.text()?;
    let account = AccountId::parse(&account).ok_or_else(|| reader.corrupt("bad account id"))?;
    let reset = Reset {
        account,
        issued_ms: reader.number()?,
        expires_ms: reader.number()?,
        tries_left: reader.byte()?,
    };
    reader.finish()?;
    Ok(reset)
}
