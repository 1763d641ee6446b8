//! What a simulation is given: who calls, under which policies and circumstances.

use aws::arn::Arn;
use aws::policy::{Context, DocumentKind, Policies, Principal, Source, Sourced};
use aws::shapes::iam::{ContextEntry, ContextKeyTypeEnum as Type};
use kvs::iam::{IamError, IamErrorKind};
use kvs::limits;
use kvs::name::AccountId;

use crate::ops::ApiError;
use crate::ops::iam::context_keys;

/// The setting of a simulation.
pub(super) struct Setting {
    account: String,
    arn: String,
    is_role: bool,
    /// Policies of the caller.
    pub(super) identity: Vec<Sourced>,
    /// What bounds the caller.
    pub(super) boundary: Option<Sourced>,
    /// Service control policies, level by level.
    pub(super) organization: Vec<Vec<Sourced>>,
    resource: Option<Sourced>,
    /// Account of resources whose ARN does not say.
    owner: String,
    /// Condition keys.
    pub(super) context: Context<'static>,
    /// How long those are, with their values.
    context_chars: u64,
}

impl Setting {
    /// A setting with a caller and nothing else. Without one, it is somebody of the
    /// account.
    ///
    /// # Errors
    ///
    /// `InvalidInput` if the caller is no user, group or role.
    pub(super) fn new(account: AccountId, caller: Option<&str>) -> Result<Setting, ApiError> {
        let (account, arn, is_role) = match caller {
            None => (account, format!("arn:aws:iam::{account}:user/"), false),
            Some(arn) => match kvs::iam::arn::parse(arn) {
                Some((account, kind @ ("user" | "group" | "role"), ..)) => {
                    (account, arn.to_owned(), kind == "role")
                }
                _ => return Err(invalid(format!("Invalid CallerArn: {arn}"))),
            },
        };
        Ok(Setting {
            owner: account.to_string(),
            account: account.to_string(),
            arn,
            is_role,
            identity: Vec::new(),
            boundary: None,
            organization: Vec::new(),
            resource: None,
            context: Context::new(),
            context_chars: 0,
        })
    }

    /// Sets the boundary, over one that is there.
    ///
    /// # Errors
    ///
    /// `InvalidInput`, also for more than one.
    pub(super) fn bound(&mut self, texts: Option<&[String]>) -> Result<(), ApiError> {
        match texts.unwrap_or_default() {
            [] => {}
            [text] => {
                let id = "PermissionsBoundaryPolicyInputList.1".to_owned();
                let boundary = context_keys::one(id, text, DocumentKind::Boundary, Source::None)?;
                self.boundary = Some(boundary);
            }
            _ => return Err(invalid("Only one permissions boundary can be simulated.")),
        }
        Ok(())
    }

    /// Sets the resources' policy and owner.
    ///
    /// # Errors
    ///
    /// `InvalidInput`.
    pub(super) fn place(
        &mut self,
        policy: Option<&str>,
        owner: Option<&str>,
    ) -> Result<(), ApiError> {
        if let Some(text) = policy {
            let id = "ResourcePolicy".to_owned();
            let kind = DocumentKind::Resource;
            self.resource = Some(context_keys::one(id, text, kind, Source::Resource)?);
        }
        if let Some(owner) = owner {
            let of_arn = || {
                let rest = owner.strip_prefix("arn:aws:iam::")?;
                AccountId::parse(rest.strip_suffix(":root")?)
            };
            let account = AccountId::parse(owner).or_else(of_arn);
            let account = account.ok_or_else(|| invalid(format!("Invalid owner: {owner}")))?;
            self.owner = account.to_string();
        }
        Ok(())
    }

    /// Sets the condition keys.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an entry without a name or with a value of another type.
    pub(super) fn fill(&mut self, entries: &[ContextEntry]) -> Result<(), ApiError> {
        for entry in entries {
            let Some(name) = entry.context_key_name.clone() else {
                return Err(invalid("A context entry needs a ContextKeyName."));
            };
            let values = entry.context_key_values.clone().unwrap_or_default();
            let (kind, is_list) = kind(entry.context_key_type);
            if let Some(value) = values.iter().find(|value| !is_of(kind, value)) {
                let kind = kind.as_str();
                return Err(invalid(format!(
                    "Value {value} of context key {name} is not of type {kind}."
                )));
            }
            let chars = values.iter().map(|value| value.len() + VALUE_CHARS);
            self.context_chars += (name.len() + chars.sum::<usize>()) as u64;
            match (<[String; 1]>::try_from(values), is_list) {
                (Ok([value]), false) => self.context.set(name, value),
                (Ok([value]), true) => self.context.set_many(name, [value]),
                (Err(values), _) => self.context.set_many(name, values),
            }
        }
        Ok(())
    }

    /// Who asks.
    pub(super) fn principal(&self) -> Principal<'_> {
        let (account, arn) = (&self.account, &self.arn);
        match self.is_role {
            true => Principal::Session {
                account,
                arn,
                role_arn: arn,
                role_id: "",
            },
            false => Principal::User {
                account,
                arn,
                id: "",
            },
        }
    }

    /// The policies that count for a resource of an account.
    pub(super) fn policies<'a>(&'a self, owner: &'a str) -> Policies<'a> {
        Policies {
            identity: &self.identity,
            boundary: self.boundary.as_ref(),
            session: &[],
            resource: self.resource.as_ref(),
            resource_account: owner,
        }
    }

    /// An upper bound of what a pair takes, whatever its policies say, in characters
    /// compared: each character of a policy may be compared with all of the resource and of
    /// the context.
    pub(super) fn work(&self, resource: &str) -> u64 {
        let levels = self.organization.iter().flatten();
        let policies = self.identity.iter().chain(&self.boundary).chain(levels);
        let policies = policies.chain(&self.resource);
        let chars = policies.map(|sourced| sourced.document.text().len() as u64);
        let compared = limits::SIMULATED_PAIR_CHARS + resource.len() as u64 + self.context_chars;
        chars.sum::<u64>().saturating_mul(compared)
    }

    /// The account a resource belongs to.
    pub(super) fn owner_of(&self, resource: &str) -> String {
        let account = Arn::parse(resource).map(|arn| arn.account).ok();
        let account = account.filter(|account| AccountId::parse(account).is_some());
        account.unwrap_or_else(|| self.owner.clone())
    }

    /// Whether an account is another than the caller's.
    pub(super) fn is_foreign(&self, owner: &str) -> bool {
        owner != self.account
    }
}

/// Checks what is asked: pairs of actions and resources.
///
/// # Errors
///
/// `InvalidInput`.
pub(super) fn check_pairs(actions: &[String], resources: &[String]) -> Result<(), ApiError> {
    for action in actions {
        let halves = action.split_once(':');
        let is_good = halves.is_some_and(|(service, name)| {
            let is_word = |text: &str| {
                let mut bytes = text.bytes();
                !text.is_empty() && bytes.all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
            };
            is_word(service) && is_word(name)
        });
        if !is_good {
            return Err(invalid(format!("Invalid action name: {action}")));
        }
    }
    for resource in resources {
        if resource != "*" && Arn::parse(resource).is_err() {
            return Err(invalid(format!("Invalid resource ARN: {resource}")));
        }
    }
    let max = limits::SIMULATED_PAIRS_MAX;
    match actions.len().saturating_mul(resources.len()) <= max {
        true => Ok(()),
        false => Err(invalid(format!(
            "One simulation takes at most {max} pairs of action and resource."
        ))),
    }
}

/// The type of a single value, and whether there may be several.
fn kind(of: Option<Type>) -> (Type, bool) {
    match of.unwrap_or(Type::String) {
        Type::StringList => (Type::String, true),
        Type::NumericList => (Type::Numeric, true),
        Type::BooleanList => (Type::Boolean, true),
        Type::IpList => (Type::Ip, true),
        Type::BinaryList => (Type::Binary, true),
        Type::DateList => (Type::Date, true),
        single => (single, false),
    }
}

/// Whether a text can be of a type; what is a date is left to the engine.
fn is_of(kind: Type, text: &str) -> bool {
    match kind {
        Type::Numeric => text.parse::<f64>().is_ok(),
        Type::Boolean => ["true", "false"].contains(&&text.to_ascii_lowercase()[..]),
        Type::Ip => {
            let (address, length) = text.split_once('/').unwrap_or((text, "0"));
            address.parse::<std::net::IpAddr>().is_ok() && length.parse::<u8>().is_ok()
        }
        _ => true,
    }
}

/// `InvalidInput`.
pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    IamError::new(IamErrorKind::InvalidInput, message).into()
}

/// What a value of a context key takes besides its characters, in characters.
const VALUE_CHARS: usize = 16;
