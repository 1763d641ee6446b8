//! AWS IoT operations of device credentials: things, certificates, policies, role aliases.
//! <https://docs.aws.amazon.com/iot/latest/apireference/>

pub mod certificates;
pub mod device;
pub mod endpoint;
pub mod page;
pub mod policies;
pub mod role_aliases;
pub mod thing_principals;
pub mod thing_types;
pub mod things;

use aws::op::Op;
use aws::shapes::iot;
use kvs::iot::{IotEntity, IotKind};
use kvs::name::AccountId;
use store::error::StoreError;

use crate::http::reply::{self, Reply};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Call, Caller, Cx, input_error};
use crate::server;

/// Makes `dispatch` of a table of operations: operation, input, function.
macro_rules! operations {
    ($($op:ident($input:ident) => $($operation:ident)::+,)*) => {
        /// Carries out an operation.
        ///
        /// # Errors
        ///
        /// The operation's own.
        pub async fn dispatch(cx: &Cx, call: &Call, body: &[u8]) -> Result<Reply, ApiError> {
            match call.op {
                $(Op::$op => {
                    let input = iot::$input::from_json(body);
                    let input = input.map_err(|error| input_error(call.op, &error))?;
                    let output = Box::pin($($operation)::+(cx, &call.caller, input)).await?;
                    Ok(reply::json(200, output.to_json()))
                })*
                other => Err(ApiError::not_implemented(other.name())),
            }
        }
    };
}

operations! {
    IotAttachPolicy(AttachPolicyInput) => policies::attach_policy,
    IotAttachPrincipalPolicy(AttachPrincipalPolicyInput) => policies::attach_principal_policy,
    IotAttachThingPrincipal(AttachThingPrincipalInput) => thing_principals::attach_thing_principal,
    IotCreateCertificateFromCsr(CreateCertificateFromCsrInput) =>
        certificates::create_certificate_from_csr,
    IotCreateKeysAndCertificate(CreateKeysAndCertificateInput) =>
        certificates::create_keys_and_certificate,
    IotCreatePolicy(CreatePolicyInput) => policies::create_policy,
    IotCreateRoleAlias(CreateRoleAliasInput) => role_aliases::create_role_alias,
    IotCreateThing(CreateThingInput) => things::create_thing,
    IotCreateThingType(CreateThingTypeInput) => thing_types::create_thing_type,
    IotDeleteCertificate(DeleteCertificateInput) => certificates::delete_certificate,
    IotDeletePolicy(DeletePolicyInput) => policies::delete_policy,
    IotDeleteRoleAlias(DeleteRoleAliasInput) => role_aliases::delete_role_alias,
    IotDeleteThing(DeleteThingInput) => things::delete_thing,
    IotDeleteThingType(DeleteThingTypeInput) => thing_types::delete_thing_type,
    IotDeprecateThingType(DeprecateThingTypeInput) => thing_types::deprecate_thing_type,
    IotDescribeCertificate(DescribeCertificateInput) => certificates::describe_certificate,
    IotDescribeEndpoint(DescribeEndpointInput) => endpoint::describe_endpoint,
    IotDescribeRoleAlias(DescribeRoleAliasInput) => role_aliases::describe_role_alias,
    IotDescribeThing(DescribeThingInput) => things::describe_thing,
    IotDescribeThingType(DescribeThingTypeInput) => thing_types::describe_thing_type,
    IotDetachPolicy(DetachPolicyInput) => policies::detach_policy,
    IotDetachPrincipalPolicy(DetachPrincipalPolicyInput) => policies::detach_principal_policy,
    IotDetachThingPrincipal(DetachThingPrincipalInput) => thing_principals::detach_thing_principal,
    IotGetPolicy(GetPolicyInput) => policies::get_policy,
    IotListAttachedPolicies(ListAttachedPoliciesInput) => policies::list_attached_policies,
    IotListCertificates(ListCertificatesInput) => certificates::list_certificates,
    IotListPolicies(ListPoliciesInput) => policies::list_policies,
    IotListPrincipalThings(ListPrincipalThingsInput) => thing_principals::list_principal_things,
    IotListRoleAliases(ListRoleAliasesInput) => role_aliases::list_role_aliases,
    IotListTargetsForPolicy(ListTargetsForPolicyInput) => policies::list_targets_for_policy,
    IotListThingPrincipals(ListThingPrincipalsInput) => thing_principals::list_thing_principals,
    IotListThings(ListThingsInput) => things::list_things,
    IotListThingTypes(ListThingTypesInput) => thing_types::list_thing_types,
    IotRegisterCertificateWithoutCA(RegisterCertificateWithoutCAInput) =>
        certificates::register_certificate_without_ca,
    IotUpdateCertificate(UpdateCertificateInput) => certificates::update_certificate,
    IotUpdateRoleAlias(UpdateRoleAliasInput) => role_aliases::update_role_alias,
    IotUpdateThing(UpdateThingInput) => things::update_thing,
}

/// An ARN of the caller's account: `kind` is `thing`, `cert` and so on.
fn arn(cx: &Cx, account: AccountId, kind: &str, name: &str) -> String {
    let region = &cx.server.config.region;
    format!("arn:aws:iot:{region}:{account}:{kind}/{name}")
}

/// Asks whether the caller may do this.
fn ask(cx: &Cx, caller: &Caller, op: Op, resource: &str) -> Result<(), ApiError> {
    authority::check(cx, caller, &Ask::new(op, resource))
}

/// Keeps a new entity, if the account may have one more of its kind.
///
/// # Errors
///
/// `ResourceAlreadyExistsException`, `LimitExceededException`.
async fn keep(cx: &Cx, caller: &Caller, entity: &IotEntity) -> Result<(), ApiError> {
    let (store, account) = (&cx.server.store, caller.account);
    let (kind, name) = (entity.kind(), entity.name());
    let max = quota(cx, kind);
    for _ in 0..TRIES_MAX {
        match store.create_iot(account, entity, max).await {
            Err(StoreError::Conflict) => {}
            other => return Ok(other?),
        }
        let known = match kind {
            IotKind::Certificate => store.certificate(name).await?.is_some(),
            _ => store.iot(account, kind, name).await?.is_some(),
        };
        if known {
            break;
        }
        check_quota(cx, caller, kind).await?;
        // What stood in the way is gone since.
    }
    let what = match kind {
        IotKind::Thing => "Thing",
        IotKind::ThingType => "Thing type",
        IotKind::Certificate => "Certificate",
        IotKind::Policy => "Policy",
        IotKind::RoleAlias => "Role alias",
    };
    let message = format!("{what} {name} already exists");
    Err(ApiError::new(
        "ResourceAlreadyExistsException",
        409,
        message,
    ))
}

/// How many of a kind an account may have.
fn quota(cx: &Cx, kind: IotKind) -> u64 {
    let quotas = &cx.server.config.quotas;
    let max = match kind {
        IotKind::Thing => quotas.things_per_account_max,
        IotKind::ThingType => quotas.thing_types_per_account_max,
        IotKind::Certificate => quotas.certificates_per_account_max,
        IotKind::Policy => quotas.iot_policies_per_account_max,
        IotKind::RoleAlias => quotas.role_aliases_per_account_max,
    };
    max as u64
}

/// Whether the account may have one more of a kind.
///
/// # Errors
///
/// `LimitExceededException`.
async fn check_quota(cx: &Cx, caller: &Caller, kind: IotKind) -> Result<(), ApiError> {
    let max = quota(cx, kind);
    if cx.server.store.iot_count(caller.account, kind).await? < max {
        return Ok(());
    }
    let what = match kind {
        IotKind::Thing => "things",
        IotKind::ThingType => "thing types",
        IotKind::Certificate => "certificates",
        IotKind::Policy => "policies",
        IotKind::RoleAlias => "role aliases",
    };
    let message = format!("An account can have at most {max} {what}");
    Err(ApiError::new("LimitExceededException", 410, message))
}

/// The id in a certificate's ARN of the caller's account.
///
/// # Errors
///
/// `InvalidRequestException`.
fn certificate_id<'a>(cx: &Cx, caller: &Caller, principal: &'a str) -> Result<&'a str, ApiError> {
    let prefix = arn(cx, caller.account, "cert", "");
    let id = principal.strip_prefix(&prefix);
    let id = id.filter(|id| id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    id.ok_or_else(|| invalid(format!("Invalid certificate ARN: {principal}")))
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("InvalidRequestException", 400, message)
}

fn missing(what: &str, name: &str) -> ApiError {
    ApiError::new(
        "ResourceNotFoundException",
        404,
        format!("{what} {name} does not exist"),
    )
}

fn conflict(message: impl Into<String>) -> ApiError {
    ApiError::new("DeleteConflictException", 409, message)
}

/// What a commit's conflict means when something is changed.
fn changed(result: Result<(), StoreError>) -> Result<(), ApiError> {
    match result {
        Err(StoreError::Conflict) => Err(ApiError::new(
            "VersionConflictException",
            409,
            "It was changed by another request at the same time.",
        )),
        other => Ok(other?),
    }
}

/// A new id of a thing or a thing type.
fn uuid() -> String {
    reply::request_id()
}

/// A new serial number.
fn serial() -> [u8; 16] {
    server::random()
}

/// How often an entity is tried to be kept while what stands in its way goes.
const TRIES_MAX: usize = 8;
