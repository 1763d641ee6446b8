//! GetContextKeysForCustomPolicy and GetContextKeysForPrincipalPolicy: which condition
//! keys policies speak of, so that a simulation can be given them.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html>

use std::collections::HashSet;
use std::sync::Arc;

use aws::op::Op;
use aws::policy::{Document, DocumentKind, Source, Sourced};
use aws::shapes::iam::{
    GetContextKeysForCustomPolicyInput, GetContextKeysForCustomPolicyOutput,
    GetContextKeysForPrincipalPolicyInput, GetContextKeysForPrincipalPolicyOutput,
};
use kvs::iam::{IamError, IamErrorKind};

use super::principal;
use super::target::Target;
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// Tells the condition keys of policies in the request.
///
/// # Errors
///
/// `InvalidInput`, denial.
pub async fn get_context_keys_for_custom_policy(
    cx: &Cx,
    caller: &Caller,
    input: GetContextKeysForCustomPolicyInput,
) -> Result<GetContextKeysForCustomPolicyOutput, ApiError> {
    let ask = Ask::new(Op::GetContextKeysForCustomPolicy, "*");
    authority::check(cx, caller, &ask)?;
    let policies = given("PolicyInputList", &input.policy_input_list)?;
    Ok(GetContextKeysForCustomPolicyOutput {
        context_key_names: Some(keys(&policies)),
    })
}

/// Tells the condition keys of a principal's policies, and of those in the request.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn get_context_keys_for_principal_policy(
    cx: &Cx,
    caller: &Caller,
    input: GetContextKeysForPrincipalPolicyInput,
) -> Result<GetContextKeysForPrincipalPolicyOutput, ApiError> {
    let op = Op::GetContextKeysForPrincipalPolicy;
    let target = Target::by_arn(caller, &input.policy_source_arn);
    authority::check(cx, caller, &target.ask(op))?;
    let directory = &caller.directory;
    let holder = principal::holder(directory, &input.policy_source_arn)?;
    let held = principal::policies(&cx.server.standings, directory, &holder)?.into_iter();
    let mut policies: Vec<Sourced> = held.map(|held| held.sourced).collect();
    let more = input.policy_input_list.unwrap_or_default();
    policies.extend(given("PolicyInputList", &more)?);
    Ok(GetContextKeysForPrincipalPolicyOutput {
        context_key_names: Some(keys(&policies)),
    })
}

/// Policies of a request; each is called by its place in a list: `PolicyInputList.1`.
///
/// # Errors
///
/// `InvalidInput`.
pub fn given(list: &str, texts: &[String]) -> Result<Vec<Sourced>, ApiError> {
    let read = |(index, text): (usize, &String)| {
        let id = format!("{list}.{}", index + 1);
        one(id, text, DocumentKind::Identity, Source::None)
    };
    texts.iter().enumerate().map(read).collect()
}

/// A policy of a request.
///
/// # Errors
///
/// `InvalidInput`.
pub fn one(
    id: String,
    text: &str,
    kind: DocumentKind,
    source: Source,
) -> Result<Sourced, ApiError> {
    let document = Document::parse(text, kind).map_err(|error| {
        let message = format!("The policy {id} is not valid: {error}");
        IamError::new(IamErrorKind::InvalidInput, message)
    })?;
    Ok(Sourced {
        id,
        source,
        document: Arc::new(document),
    })
}

fn keys(policies: &[Sourced]) -> Vec<String> {
    let mut known = HashSet::new();
    let keys = policies
        .iter()
        .flat_map(|sourced| sourced.document.context_keys());
    keys.filter(|key| known.insert(key.to_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}
