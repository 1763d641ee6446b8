//! AssumeRoleWithWebIdentity:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
//!
//! Keys of providers are not fetched: the operator gives them (see [`provider_keys`]), so
//! that a server without a way out can trust a provider too.
//!
//! [`provider_keys`]: crate::ops::provider_keys

use std::collections::BTreeMap;

use aws::jwt::{Token, TokenError};
use aws::policy::Principal;
use aws::shapes::sts::{AssumeRoleWithWebIdentityInput, AssumeRoleWithWebIdentityOutput};
use aws::value::Timestamp;
use kvs::iam::{Directory, OidcProvider, Session, SessionKind};
use kvs::name::AccountId;
use serde_json::json;

use crate::audit::{Actor, Event, EventKind};
use crate::ops::authority::circumstances;
use crate::ops::caller::Source;
use crate::ops::sts::assume_role::{assumed, duration_s, find};
use crate::ops::sts::credentials::{self, expires_ms, record_lending};
use crate::ops::sts::{denied, session_policy, trust};
use crate::ops::{ApiError, Cx};

/// Makes temporary credentials of a role for whom an identity provider vouches.
///
/// # Errors
///
/// `InvalidIdentityToken`, `ExpiredTokenException`, `AccessDenied`, `ValidationError`,
/// `MalformedPolicyDocument`, `PackedPolicyTooLarge`.
pub async fn assume_role_with_web_identity(
    cx: &Cx,
    source: &Source,
    input: AssumeRoleWithWebIdentityInput,
) -> Result<AssumeRoleWithWebIdentityOutput, ApiError> {
    let parameters = json!({
        "roleArn": input.role_arn,
        "roleSessionName": input.role_session_name,
        "durationSeconds": input.duration_seconds,
    });
    let mut asking = None;
    let assumed = assume(cx, source, input, &mut asking).await;
    // What nobody has vouched for is not recorded: anybody could fill anybody's trail.
    if let Some((account, actor)) = asking {
        let (service, now_ms) = ("sts.amazonaws.com", cx.server.clock.now_ms());
        let event = Event::new(EventKind::ApiCall, service, NAME, account, now_ms);
        let event = event.by(actor).from(source).request(parameters);
        let lent = assumed.as_ref();
        let lent = lent.map(|made| (made.assumed_role_user.as_ref(), made.credentials.as_ref()));
        record_lending(cx, event, lent);
    }
    assumed
}

/// `asking` becomes the account that is asked for a role, and who asks once that is proven.
async fn assume(
    cx: &Cx,
    source: &Source,
    input: AssumeRoleWithWebIdentityInput,
    asking: &mut Option<(AccountId, Actor)>,
) -> Result<AssumeRoleWithWebIdentityOutput, ApiError> {
    let token = Token::parse(input.web_identity_token.as_str())
        .map_err(|_| bad_token("The web identity token provided could not be parsed."))?;
    let (directory, role) = find(cx, &input.role_arn).await?;
    let (account, issued_ms) = (directory.account(), cx.server.clock.now_ms());
    let provider = verified(&directory, &token, issued_ms)?;
    let (subject, audience) = subject_and_audience(provider, &token)?;
    let actor = Actor::web_identity(provider.arn.as_str(), audience, subject);
    *asking = Some((account, actor));
    let role = role.ok_or_else(not_authorized)?;
    let arn = provider.arn.as_str();
    let mut keys = circumstances::of_anybody(source, issued_ms);
    let url = &provider.url;
    keys.set(format!("{url}:sub"), subject.to_owned());
    keys.set(format!("{url}:aud"), audience.to_owned());
    for claim in ["amr", "azp", "email"] {
        if let Some(text) = token.text(claim) {
            keys.set(format!("{url}:{claim}"), text.to_owned());
        }
    }
    keys.set("aws:FederatedProvider", arn.to_owned());
    keys.set("sts:RoleSessionName", input.role_session_name.clone());
    trust::role_keys(&mut keys, Some(&role), directory.account().as_str());
    let principal = Principal::Provider { name: arn };
    if !trust::is_trusted(cx, &role, &input.role_arn, principal, ACTION, &keys)? {
        return Err(not_authorized());
    }
    let duration_s = duration_s(&role, input.duration_seconds, false)?;
    let policies = session_policy::read(&directory, input.policy, input.policy_arns, 0)?;
    let kind = SessionKind::Role {
        role: role.id.clone(),
        name: input.role_session_name.clone(),
    };
    let session = Session {
        policies: policies.policies,
        policy_arns: policies.arns,
        context: BTreeMap::from([
            ("aws:FederatedProvider".to_owned(), arn.to_owned()),
            (format!("{url}:sub"), subject.to_owned()),
            (format!("{url}:aud"), audience.to_owned()),
        ]),
        ..Session::new(account, kind, issued_ms, expires_ms(issued_ms, duration_s))
    };
    let made = credentials::make(cx, session, input.minimum_session_token_size).await?;
    let name = &input.role_session_name;
    Ok(AssumeRoleWithWebIdentityOutput {
        assumed_role_user: Some(assumed(directory.account(), &role, name)),
        audience: Some(audience.to_owned()),
        credentials: Some(made.credentials),
        packed_policy_size: policies.packed_size,
        provider: Some(arn.to_owned()),
        session_token_size: Some(made.token_size),
        session_token_utilization: Some(made.token_utilization),
        source_identity: None,
        subject_from_web_identity_token: Some(subject.to_owned()),
    })
}

/// The provider that made a token, which is then known to be unexpired and its own.
fn verified<'a>(
    directory: &'a Directory,
    token: &Token,
    now_ms: u64,
) -> Result<&'a OidcProvider, ApiError> {
    let issuer = token
        .issuer()
        .ok_or_else(|| bad_token("Missing a required claim: iss"))?;
    let url = issuer.strip_prefix("https://").unwrap_or(issuer);
    let providers = directory.oidc_providers();
    // An issuer is what it is letter by letter (OpenID Connect Core §3.1.3.7).
    let provider = providers.get(url).filter(|provider| provider.url == url);
    let provider = provider.ok_or_else(|| {
        bad_token(format!(
            "No OpenIDConnect provider found in your account for {issuer}"
        ))
    })?;
    let no_key = "Couldn't retrieve verification key from your identity provider,  please \
                  reference AssumeRoleWithWebIdentity documentation for requirements";
    let keys = provider.jwks.as_deref().ok_or_else(|| bad_token(no_key))?;
    token.verify(keys).map_err(|error| match error {
        TokenError::NoKey => bad_token(no_key),
        TokenError::Algorithm => bad_token("Unsupported signing algorithm"),
        TokenError::Malformed | TokenError::Signature => {
            bad_token("Provided Token is not a valid signed token: the signature is invalid")
        }
    })?;
    let now_s = (now_ms / 1000) as i64;
    let expiry_s = token
        .time_s("exp")
        .ok_or_else(|| bad_token("Missing a required claim: exp"))?;
    if expiry_s <= now_s {
        let moment = |s: i64| Timestamp(s.saturating_mul(1000)).to_iso8601();
        return Err(ApiError::new(
            "ExpiredTokenException",
            400,
            format!(
                "Token expired: current date/time {} must be before the expiration date/time {}",
                moment(now_s),
                moment(expiry_s)
            ),
        ));
    }
    if token.time_s("nbf").is_some_and(|nbf| nbf > now_s + SKEW_S) {
        return Err(bad_token("Token is not yet valid"));
    }
    Ok(provider)
}

fn subject_and_audience<'t>(
    provider: &OidcProvider,
    token: &'t Token,
) -> Result<(&'t str, &'t str), ApiError> {
    let subject = token
        .subject()
        .ok_or_else(|| bad_token("Missing a required claim: sub"))?;
    // A token for several says in azp which of them asked for it.
    let mut audiences = token.text("azp").into_iter().chain(token.audiences());
    let audience = audiences.find(|audience| provider.client_ids.contains(*audience));
    let audience = audience.ok_or_else(|| bad_token("Incorrect token audience"))?;
    Ok((subject, audience))
}

fn bad_token(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidIdentityToken", 400, message)
}

/// The same whether the role is missing or does not trust the provider.
fn not_authorized() -> ApiError {
    denied("Not authorized to perform sts:AssumeRoleWithWebIdentity")
}

const NAME: &str = "AssumeRoleWithWebIdentity";
const ACTION: &str = "sts:AssumeRoleWithWebIdentity";
/// How far ahead a provider's clock may be, seconds.
const SKEW_S: i64 = 300;
