//! GetFederationToken:
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>

use aws::op::Op;
use aws::shapes::sts::{FederatedUser, GetFederationTokenInput, GetFederationTokenOutput};
use kvs::iam::{Session, SessionKind};

use crate::ops::authority::{self, Ask};
use crate::ops::caller::Identity;
use crate::ops::sts::credentials::{self, expires_ms};
use crate::ops::sts::get_session_token::own_duration_s;
use crate::ops::sts::session_tags::SessionTags;
use crate::ops::sts::{denied, session_policy};
use crate::ops::{ApiError, Caller, Cx};

/// Makes temporary credentials for a name of the caller's choice. They may do what both
/// the caller and the session policies allow, so nothing without a session policy.
///
/// # Errors
///
/// `AccessDenied`, `MalformedPolicyDocument`, `PackedPolicyTooLarge`, `ValidationError`.
pub async fn get_federation_token(
    cx: &Cx,
    caller: &Caller,
    input: GetFederationTokenInput,
) -> Result<GetFederationTokenOutput, ApiError> {
    let by = match &caller.identity {
        Identity::Root => None,
        Identity::User(user) => Some(user.id.clone()),
        Identity::Role { .. } | Identity::Federated { .. } => {
            return Err(denied(
                "Cannot call GetFederationToken with session credentials",
            ));
        }
    };
    let (account, name) = (caller.account, input.name);
    let arn = format!("arn:aws:sts::{account}:federated-user/{name}");
    let tags = SessionTags::read(input.tags.as_deref(), None, None)?;
    let pairs = || tags.given.iter().map(|(key, value)| (&key[..], &value[..]));
    let ask = Ask::new(Op::GetFederationToken, &arn).request_tags(pairs());
    authority::check(cx, caller, &ask)?;
    if !tags.is_empty() {
        let ask = Ask::new(Op::GetFederationToken, &arn)
            .action(aws::policy::actions::TAG_SESSION)
            .request_tags(pairs());
        authority::check(cx, caller, &ask)?;
    }
    let policies = session_policy::read(
        &caller.directory,
        input.policy,
        input.policy_arns,
        tags.len(),
    )?;
    let issued_ms = cx.server.clock.now_ms();
    let kind = SessionKind::Federated {
        by,
        name: name.clone(),
    };
    let expires_ms = expires_ms(issued_ms, own_duration_s(caller, input.duration_seconds));
    let session = Session {
        policies: policies.policies,
        policy_arns: policies.arns,
        tags: tags.all,
        ..Session::new(account, kind, issued_ms, expires_ms)
    };
    let made = credentials::make(cx, session, input.minimum_session_token_size).await?;
    Ok(GetFederationTokenOutput {
        credentials: Some(made.credentials),
        federated_user: Some(FederatedUser {
            arn,
            federated_user_id: format!("{account}:{name}"),
        }),
        packed_policy_size: policies.packed_size,
        session_token_size: Some(made.token_size),
        session_token_utilization: Some(made.token_utilization),
    })
}
