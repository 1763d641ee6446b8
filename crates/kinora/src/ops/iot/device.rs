//! Credentials for a device that shows its certificate:
//! <https://docs.aws.amazon.com/iot/latest/developerguide/authorizing-direct-aws.html>
//!
//! What is checked, in this order: the certificate, the thing it claims to be, its IoT
//! policies, the role alias, the role and its trust, the duration.

use std::collections::BTreeMap;

use aws::policy::{DocumentKind, Principal, Request, Source as PolicySource, evaluate};
use aws::shapes::sts::{AssumedRoleUser, Credentials};
use kvs::iam::{Session, SessionKind};
use kvs::iot::{Certificate, CertificateStatus, IotEntity, IotKind, Link, RoleAlias};
use kvs::name::AccountId;
use serde_json::json;

use crate::audit::{Actor, Event, EventKind};
use crate::http::auth::ensure_active;
use crate::http::reply::{self, Reply};
use crate::ops::authority::circumstances;
use crate::ops::caller::Source;
use crate::ops::iot::arn;
use crate::ops::iot::thing_principals::LINKS_MAX;
use crate::ops::sts::credentials::{self, expires_ms, record_lending};
use crate::ops::sts::{assume_role, trust};
use crate::ops::{ApiError, Cx};

const NAME: &str = "AssumeRoleWithCertificate";
const IOT: &str = "iot.amazonaws.com";

/// The service that roles for devices trust.
pub const SERVICE: &str = "credentials.iot.amazonaws.com";

/// Answers `GET /role-aliases/{alias}/credentials` of a device.
///
/// # Errors
///
/// 403, 404 and 400 in AWS's words.
pub async fn credentials(
    cx: &Cx,
    certificate_id: &str,
    thing: Option<&str>,
    alias: &str,
    source: &Source,
) -> Result<Reply, ApiError> {
    let store = &cx.server.store;
    let certificate = store.certificate(certificate_id).await?;
    let certificate = certificate.filter(|c| c.status == CertificateStatus::Active);
    let certificate =
        certificate.ok_or_else(|| denied("Certificate is invalid on this endpoint"))?;
    let directory = cx.server.directories.read(store, certificate.account);
    let directory = directory.await?;
    ensure_active(certificate.account, directory.state())?;
    let parameters = json!({
        "certificateId": certificate.id,
        "roleAlias": alias,
        "thingName": thing,
    });
    let (account, now_ms) = (certificate.account, cx.server.clock.now_ms());
    let event = Event::new(EventKind::ApiCall, IOT, NAME, account, now_ms)
        .by(Actor::device(account, &certificate.id, SERVICE))
        .from(source)
        .request(parameters);
    let lent = lend(cx, &certificate, thing, alias, source).await;
    let recorded = lent.as_ref();
    record_lending(
        cx,
        event,
        recorded.map(|(user, made)| (Some(user), Some(made))),
    );
    let (_, made) = lent?;
    // Some devices read an answer with one call and do not undo escapes.
    let body = json!({"credentials": {
        "accessKeyId": made.access_key_id,
        "secretAccessKey": made.secret_access_key.as_str(),
        "sessionToken": made.session_token.as_str(),
        "expiration": instant(made.expiration.0),
    }});
    Ok(reply::json(200, body.to_string()))
}

/// The role's credentials for a certificate that is in use.
async fn lend(
    cx: &Cx,
    certificate: &Certificate,
    thing: Option<&str>,
    alias: &str,
    source: &Source,
) -> Result<(AssumedRoleUser, Credentials), ApiError> {
    let context = context(cx, certificate, thing).await?;
    ensure_allowed(cx, certificate, &context, alias, source).await?;
    let store = &cx.server.store;
    let alias = store.iot(certificate.account, IotKind::RoleAlias, alias);
    let Some(IotEntity::RoleAlias(alias)) = alias.await? else {
        let message = "Role alias does not exist";
        return Err(ApiError::new("ResourceNotFoundException", 404, message));
    };
    let (session, user) = session(cx, certificate, &alias, context, source).await?;
    let made = credentials::make(cx, session, None).await?;
    Ok((user, made.credentials))
}

/// The condition keys that the certificate, and the thing if it is named, bring.
async fn context(
    cx: &Cx,
    certificate: &Certificate,
    thing: Option<&str>,
) -> Result<BTreeMap<String, String>, ApiError> {
    let mut context = BTreeMap::from([(
        "credentials-iot:AwsCertificateId".to_owned(),
        certificate.id.clone(),
    )]);
    let Some(name) = thing else {
        return Ok(context);
    };
    let (store, account) = (&cx.server.store, certificate.account);
    let attached = store.iot_links(account, Link::Thing, &certificate.id, LINKS_MAX);
    let is_attached = attached.await?.iter().any(|known| known == name);
    let found = store.iot(account, IotKind::Thing, name).await?;
    let Some(IotEntity::Thing(thing)) = found.filter(|_| is_attached) else {
        return Err(denied("Invalid thing name passed"));
    };
    context.insert("credentials-iot:ThingName".to_owned(), thing.name);
    if let Some(kind) = thing.type_name {
        context.insert("credentials-iot:ThingTypeName".to_owned(), kind);
    }
    Ok(context)
}

/// Whether an IoT policy of the certificate lets it use the alias, be there one or not.
async fn ensure_allowed(
    cx: &Cx,
    certificate: &Certificate,
    context: &BTreeMap<String, String>,
    alias: &str,
    source: &Source,
) -> Result<(), ApiError> {
    let (store, account) = (&cx.server.store, certificate.account);
    let names = store.iot_links(account, Link::Policy, &certificate.id, LINKS_MAX);
    let mut documents = Vec::new();
    for name in names.await? {
        if let Some(IotEntity::Policy(policy)) = store.iot(account, IotKind::Policy, &name).await? {
            let (text, kind) = (&policy.document, DocumentKind::Iot);
            let standings = &cx.server.standings;
            documents.push(standings.sourced(&name, PolicySource::User, text, kind)?);
        }
    }
    let mut keys = circumstances::of_anybody(source, cx.server.clock.now_ms());
    for (own, of_iot) in [
        (
            "credentials-iot:ThingName",
            "iot:Connection.Thing.ThingName",
        ),
        (
            "credentials-iot:ThingTypeName",
            "iot:Connection.Thing.ThingTypeName",
        ),
    ] {
        if let Some(value) = context.get(own) {
            keys.set(of_iot, value.clone());
        }
    }
    let certificate_arn = arn(cx, account, "cert", &certificate.id);
    let alias_arn = arn(cx, account, "rolealias", alias);
    let request = Request {
        principal: Principal::User {
            account: account.as_str(),
            arn: &certificate_arn,
            id: &certificate.id,
        },
        action: "iot:AssumeRoleWithCertificate",
        resource: Some(&alias_arn),
        keys: &keys,
    };
    let policies = aws::policy::Policies {
        identity: &documents,
        ..aws::policy::Policies::default()
    };
    match evaluate(&policies, &request).is_allowed() {
        true => Ok(()),
        false => Err(denied("Access Denied")),
    }
}

async fn session(
    cx: &Cx,
    certificate: &Certificate,
    alias: &RoleAlias,
    context: BTreeMap<String, String>,
    source: &Source,
) -> Result<(Session, AssumedRoleUser), ApiError> {
    let bad_role = || bad("Unable to assume the role, or the role to assume does not exist");
    let found = assume_role::find(cx, &alias.role_arn).await;
    let (directory, role) = found.map_err(|_| bad_role())?;
    let role = role.ok_or_else(bad_role)?;
    let issued_ms = cx.server.clock.now_ms();
    let mut keys = circumstances::of_anybody(source, issued_ms);
    let alias_arn = arn(cx, certificate.account, "rolealias", &alias.name);
    keys.set("aws:SourceArn", alias_arn);
    keys.set("aws:SourceAccount", certificate.account.to_string());
    trust::role_keys(&mut keys, Some(&role), directory.account().as_str());
    let service = Principal::Service { name: SERVICE };
    let action = "sts:AssumeRole";
    if !trust::is_trusted(cx, &role, &alias.role_arn, service, action, &keys)? {
        return Err(bad_role());
    }
    // A role lends itself to the devices of its own account only.
    let is_own = |account: AccountId| account == certificate.account;
    if !is_own(directory.account()) {
        return Err(bad_role());
    }
    if alias.duration_s > role.session_s_max {
        return Err(bad(
            "The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the \
             role",
        ));
    }
    let user = assume_role::assumed(directory.account(), &role, &certificate.id);
    let kind = SessionKind::Role {
        role: role.id.clone(),
        name: certificate.id.clone(),
    };
    let expires_ms = expires_ms(issued_ms, alias.duration_s);
    let session = Session {
        context,
        ..Session::new(directory.account(), kind, issued_ms, expires_ms)
    };
    Ok((session, user))
}

/// Twenty characters exactly, which is what the C SDK has room for.
fn instant(ms: i64) -> String {
    let instant = jiff::Timestamp::from_second(ms / 1000);
    instant.unwrap_or_default().to_string()
}

fn denied(message: &str) -> ApiError {
    ApiError::new("AccessDeniedException", 403, message)
}

fn bad(message: &str) -> ApiError {
    ApiError::new("InvalidRequestException", 400, message)
}
