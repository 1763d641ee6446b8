//! JSON Web Tokens of OpenID Connect providers: read, and checked with keys that are at
//! hand. Nothing is fetched.
//!
//! RFC 7515 (signatures), RFC 7517 (key sets), RFC 7518 (RS256, ES256), RFC 7519 (claims).

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// A token, read but not yet verified: until [`Token::verify`] succeeds its claims are
/// what anybody might write.
pub struct Token {
    algorithm: String,
    key_id: Option<String>,
    signed: String,
    signature: Vec<u8>,
    claims: Value,
}

/// Why a token is not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It is no JSON Web Token.
    Malformed,
    /// It is signed in another way than RS256 or ES256; `none` is one of them.
    Algorithm,
    /// The key set is none, or has no key for it.
    NoKey,
    /// The signature is wrong.
    Signature,
}

impl Token {
    /// Reads a token in compact form.
    ///
    /// # Errors
    ///
    /// [`TokenError::Malformed`].
    pub fn parse(text: &str) -> Result<Token, TokenError> {
        let mut parts = text.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(TokenError::Malformed);
        };
        let header_value = object(header)?;
        let algorithm = header_value["alg"].as_str().ok_or(TokenError::Malformed)?;
        // An extension that must be understood is not.
        if header_value.get("crit").is_some() {
            return Err(TokenError::Malformed);
        }
        Ok(Token {
            algorithm: algorithm.to_owned(),
            key_id: header_value["kid"].as_str().map(str::to_owned),
            signed: format!("{header}.{claims}"),
            signature: bytes(signature)?,
            claims: object(claims)?,
        })
    }

    /// `iss`: who made it.
    pub fn issuer(&self) -> Option<&str> {
        self.claims["iss"].as_str()
    }

    /// `sub`: whom it is about.
    pub fn subject(&self) -> Option<&str> {
        self.claims["sub"].as_str()
    }

    /// `aud`: whom it is for.
    pub fn audiences(&self) -> Vec<&str> {
        match &self.claims["aud"] {
            Value::String(one) => vec![one],
            Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// A claim that is a text.
    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims[claim].as_str()
    }

    /// A claim that is a time, seconds since the epoch: `exp`, `nbf`, `iat`.
    pub fn time_s(&self, claim: &str) -> Option<i64> {
        let value = &self.claims[claim];
        // The cast saturates; no such time is near now.
        value.as_i64().or(value.as_f64().map(|s| s as i64))
    }

    /// Verifies the signature with a key of a JSON Web Key Set.
    ///
    /// # Errors
    ///
    /// Every [`TokenError`] but `Malformed`.
    pub fn verify(&self, key_set: &str) -> Result<(), TokenError> {
        let kind = match self.algorithm.as_str() {
            "RS256" => "RSA",
            "ES256" => "EC",
            _ => return Err(TokenError::Algorithm),
        };
        let keys = keys(key_set)?;
        let fitting = keys.iter().filter(|key| {
            let is_named = match (&self.key_id, key["kid"].as_str()) {
                (Some(wanted), Some(id)) => wanted == id,
                _ => true,
            };
            let is_for_this = key["alg"].as_str().is_none_or(|alg| alg == self.algorithm);
            is_named && is_for_this && key["kty"] == kind && key["use"] != "enc"
        });
        let mut found = Err(TokenError::NoKey);
        for key in fitting {
            if self.is_signed_by(key)? {
                return Ok(());
            }
            found = Err(TokenError::Signature);
        }
        found
    }

    fn is_signed_by(&self, key: &Value) -> Result<bool, TokenError> {
        let part = |name: &str| {
            let text = key[name].as_str().ok_or(TokenError::NoKey)?;
            bytes(text).map_err(|_| TokenError::NoKey)
        };
        let message = self.signed.as_bytes();
        let verified = match key["kty"].as_str() {
            Some("RSA") => {
                let (n, e) = (part("n")?, part("e")?);
                let key = RsaPublicKeyComponents { n: &n, e: &e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, &self.signature)
            }
            _ => {
                // SEC 1 §2.3.3: an uncompressed point.
                let point = [&[4][..], &part("x")?, &part("y")?].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(message, &self.signature)
            }
        };
        Ok(verified.is_ok())
    }
}

/// How many keys of a key set can be used.
///
/// # Errors
///
/// [`TokenError::NoKey`] if the text is no key set.
pub fn usable_keys(key_set: &str) -> Result<usize, TokenError> {
    let keys = keys(key_set)?;
    let usable = keys.iter().filter(|key| match key["kty"].as_str() {
        Some("RSA") => key["n"].is_string() && key["e"].is_string(),
        Some("EC") => key["crv"] == "P-256" && key["x"].is_string() && key["y"].is_string(),
        _ => false,
    });
    Ok(usable.count())
}

fn keys(key_set: &str) -> Result<Vec<Value>, TokenError> {
    let mut set: Value = serde_json::from_str(key_set).map_err(|_| TokenError::NoKey)?;
    match set.get_mut("keys").map(Value::take) {
        Some(Value::Array(keys)) => Ok(keys),
        _ => Err(TokenError::NoKey),
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .map_err(|_| TokenError::Malformed)
}

fn object(part: &str) -> Result<Value, TokenError> {
    let value: Value = serde_json::from_slice(&bytes(part)?).map_err(|_| TokenError::Malformed)?;
    match value.is_object() {
        true => Ok(value),
        false => Err(TokenError::Malformed),
    }
}

// Whoever has a token can use it, so it must not reach a log line.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::rand::SystemRandom;
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    };
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::{Token, TokenError, usable_keys};

    fn coded(bytes: impl AsRef<[u8]>) -> String {
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let text = format!(
            "{}.{}",
            coded(header.to_string()),
            coded(claims.to_string())
        );
        let signature = coded(sign(text.as_bytes()));
        format!("{text}.{signature}")
    }

    fn claims() -> Value {
        json!({"iss": "https://id.example.com", "sub": "ana", "aud": ["a", "b"], "exp": 7.5})
    }

    #[test]
    fn es256_and_rs256_are_verified() {
        let rng = SystemRandom::new();
        let ec = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = ec.public_key().as_ref().to_vec();
        let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
        // PKCS #1: two integers in a sequence, the first with a zero before it.
        let public = rsa.public_key().as_ref();
        let set = json!({"keys": [
            {"kty": "EC", "crv": "P-256", "kid": "e", "x": coded(&point[1..33]),
                "y": coded(&point[33..])},
            {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256",
                "n": coded(&public[9..265]),
                "e": coded(&public[267..])},
        ]});
        let set = set.to_string();
        assert_eq!(usable_keys(&set), Ok(2));
        let by_ec = |text: &[u8]| ec.sign(&rng, text).unwrap().as_ref().to_vec();
        let by_rsa = |text: &[u8]| {
            let mut signature = vec![0; rsa.public_modulus_len()];
            let signed = rsa.sign(&RSA_PKCS1_SHA256, &rng, text, &mut signature);
            signed.map(|()| signature).unwrap()
        };
        let es = signed(&json!({"alg": "ES256", "kid": "e"}), &claims(), by_ec);
        let rs = signed(&json!({"alg": "RS256"}), &claims(), by_rsa);
        for text in [&es, &rs] {
            let token = Token::parse(text).unwrap();
            assert_eq!(token.verify(&set), Ok(()));
            assert_eq!(token.audiences(), ["a", "b"]);
            assert_eq!(token.time_s("exp"), Some(7));
        }
        // The signature of other claims, another key's id, and no signature at all.
        let parts: Vec<&str> = es.split('.').collect();
        let other = json!({"iss": "https://id.example.com", "sub": "eve"});
        let forged = format!("{}.{}.{}", parts[0], coded(other.to_string()), parts[2]);
        let verify = |text: &str| Token::parse(text).unwrap().verify(&set);
        assert_eq!(verify(&forged), Err(TokenError::Signature));
        let named = signed(&json!({"alg": "ES256", "kid": "x"}), &claims(), by_ec);
        assert_eq!(verify(&named), Err(TokenError::NoKey));
        let none = signed(&json!({"alg": "none"}), &claims(), |_| Vec::new());
        assert_eq!(verify(&none), Err(TokenError::Algorithm));
        // An RSA key's modulus is no secret to sign with.
        let confused = signed(&json!({"alg": "HS256", "kid": "r"}), &claims(), by_rsa);
        assert_eq!(verify(&confused), Err(TokenError::Algorithm));
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let crit = format!("{}.e30.", coded(r#"{"alg":"ES256","crit":["x"]}"#));
        for text in ["", "a.b", "a.b.c", "e30.e30.", "W10.W10.W10", "....", &crit] {
            let parsed = Token::parse(text).map(|_| ());
            assert_eq!(parsed, Err(TokenError::Malformed), "{text}");
        }
        for set in ["", "[]", "{}", r#"{"keys": 1}"#] {
            assert_eq!(usable_keys(set), Err(TokenError::NoKey), "{set}");
        }
        assert_eq!(usable_keys(r#"{"keys": [{"kty": "oct"}, 1]}"#), Ok(0));
    }
}
