//! OpenID Connect providers: CreateOpenIDConnectProvider and its kin.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
//!
//! The server does not fetch thumbprints: a list that is not given stays empty.

use aws::op::Op;
use aws::shapes::iam::{
    AddClientIDToOpenIDConnectProviderInput, AddClientIDToOpenIDConnectProviderOutput,
    CreateOpenIDConnectProviderInput, CreateOpenIDConnectProviderOutput,
    DeleteOpenIDConnectProviderInput, DeleteOpenIDConnectProviderOutput,
    GetOpenIDConnectProviderInput, GetOpenIDConnectProviderOutput, ListOpenIDConnectProvidersInput,
    ListOpenIDConnectProvidersOutput, OpenIDConnectProviderListEntry,
    RemoveClientIDFromOpenIDConnectProviderInput, RemoveClientIDFromOpenIDConnectProviderOutput,
    UpdateOpenIDConnectProviderThumbprintInput, UpdateOpenIDConnectProviderThumbprintOutput,
};
use aws::value::Timestamp;
use kvs::iam::{EntityId, IamError, IamErrorKind, OidcProvider, oidc};

use super::target::Target;
use super::{change, tags};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// Creates a provider.
///
/// # Errors
///
/// `EntityAlreadyExists`, `LimitExceeded`, `InvalidInput`, `ValidationError` for its
/// address, denial.
pub async fn create_open_id_connect_provider(
    cx: &Cx,
    caller: &Caller,
    input: CreateOpenIDConnectProviderInput,
) -> Result<CreateOpenIDConnectProviderOutput, ApiError> {
    let tags = tags::given(input.tags.as_deref())?;
    let address = oidc::address(&input.url)?;
    let arn = oidc::arn(caller.account, address);
    let ask = Ask::new(Op::CreateOpenIDConnectProvider, &arn).request_tags(tags.iter());
    authority::check(cx, caller, &ask)?;
    let thumbprints = input.thumbprint_list.unwrap_or_default();
    oidc::check_thumbprints(&thumbprints)?;
    let provider = OidcProvider {
        arn: EntityId::new(&arn),
        url: address.to_owned(),
        created_ms: cx.server.clock.now_ms(),
        client_ids: input.client_id_list.into_iter().flatten().collect(),
        thumbprints,
        tags,
        jwks: None,
    };
    let max = cx.server.config.quotas.oidc_providers_per_account_max;
    change(cx, caller, |directory| {
        directory.create_oidc_provider(provider.clone(), max)
    })
    .await?;
    Ok(CreateOpenIDConnectProviderOutput {
        open_id_connect_provider_arn: Some(arn),
        tags: tags::shapes_if_any(&provider.tags),
    })
}

/// Tells of a provider.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn get_open_id_connect_provider(
    cx: &Cx,
    caller: &Caller,
    input: GetOpenIDConnectProviderInput,
) -> Result<GetOpenIDConnectProviderOutput, ApiError> {
    let arn = &input.open_id_connect_provider_arn;
    check(cx, caller, Op::GetOpenIDConnectProvider, arn)?;
    let provider = caller.directory.oidc_provider(arn)?;
    Ok(GetOpenIDConnectProviderOutput {
        client_id_list: Some(provider.client_ids.iter().cloned().collect()),
        create_date: Some(Timestamp(provider.created_ms as i64)),
        tags: Some(tags::shapes(&provider.tags)),
        thumbprint_list: Some(provider.thumbprints.clone()),
        url: Some(provider.url.clone()),
    })
}

/// Lists the providers' ARNs.
///
/// # Errors
///
/// Denial.
pub async fn list_open_id_connect_providers(
    cx: &Cx,
    caller: &Caller,
    _input: ListOpenIDConnectProvidersInput,
) -> Result<ListOpenIDConnectProvidersOutput, ApiError> {
    let ask = Ask::new(Op::ListOpenIDConnectProviders, "*");
    authority::check(cx, caller, &ask)?;
    let providers = caller.directory.oidc_providers().iter();
    let entries = providers.map(|provider| OpenIDConnectProviderListEntry {
        arn: Some(provider.arn.to_string()),
    });
    Ok(ListOpenIDConnectProvidersOutput {
        open_id_connect_provider_list: Some(entries.collect()),
    })
}

/// Deletes a provider; one that is not there is no error.
///
/// # Errors
///
/// `InvalidInput`, denial.
pub async fn delete_open_id_connect_provider(
    cx: &Cx,
    caller: &Caller,
    input: DeleteOpenIDConnectProviderInput,
) -> Result<DeleteOpenIDConnectProviderOutput, ApiError> {
    let arn = &input.open_id_connect_provider_arn;
    check(cx, caller, Op::DeleteOpenIDConnectProvider, arn)?;
    change(cx, caller, |directory| {
        directory.delete_oidc_provider(arn);
        Ok(())
    })
    .await?;
    Ok(DeleteOpenIDConnectProviderOutput {})
}

/// Replaces the thumbprints.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn update_open_id_connect_provider_thumbprint(
    cx: &Cx,
    caller: &Caller,
    input: UpdateOpenIDConnectProviderThumbprintInput,
) -> Result<UpdateOpenIDConnectProviderThumbprintOutput, ApiError> {
    let arn = &input.open_id_connect_provider_arn;
    check(cx, caller, Op::UpdateOpenIDConnectProviderThumbprint, arn)?;
    oidc::check_thumbprints(&input.thumbprint_list)?;
    change(cx, caller, |directory| {
        directory.update_oidc_provider(arn, |provider| {
            provider.thumbprints = input.thumbprint_list.clone();
        })
    })
    .await?;
    Ok(UpdateOpenIDConnectProviderThumbprintOutput {})
}

/// Adds an audience; one that is there stays there.
///
/// # Errors
///
/// `NoSuchEntity`, `LimitExceeded`, `InvalidInput`, denial.
pub async fn add_client_id(
    cx: &Cx,
    caller: &Caller,
    input: AddClientIDToOpenIDConnectProviderInput,
) -> Result<AddClientIDToOpenIDConnectProviderOutput, ApiError> {
    let arn = &input.open_id_connect_provider_arn;
    check(cx, caller, Op::AddClientIDToOpenIDConnectProvider, arn)?;
    change(cx, caller, |directory| {
        directory.update_oidc_provider(arn, |provider| {
            provider.client_ids.insert(input.client_id.clone());
        })
    })
    .await?;
    Ok(AddClientIDToOpenIDConnectProviderOutput {})
}

/// Takes an audience away; one that is not there is no error.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, denial.
pub async fn remove_client_id(
    cx: &Cx,
    caller: &Caller,
    input: RemoveClientIDFromOpenIDConnectProviderInput,
) -> Result<RemoveClientIDFromOpenIDConnectProviderOutput, ApiError> {
    let arn = &input.open_id_connect_provider_arn;
    check(cx, caller, Op::RemoveClientIDFromOpenIDConnectProvider, arn)?;
    change(cx, caller, |directory| {
        directory.update_oidc_provider(arn, |provider| {
            provider.client_ids.remove(&input.client_id);
        })
    })
    .await?;
    Ok(RemoveClientIDFromOpenIDConnectProviderOutput {})
}

/// Checks an ARN, and whether the caller may do what it asks for.
fn check(cx: &Cx, caller: &Caller, op: Op, arn: &str) -> Result<(), ApiError> {
    let rest = arn.strip_prefix("arn:aws:iam::");
    if !rest.is_some_and(|rest| rest.contains(":oidc-provider/")) {
        let message = format!("Invalid ARN: {arn}");
        return Err(IamError::new(IamErrorKind::InvalidInput, message).into());
    }
    let target = Target::oidc_provider(caller, arn);
    authority::check(cx, caller, &target.ask(op))
}
