//! Policies that are handed in with a session and limit it.

use aws::policy::{Document, DocumentKind};
use aws::shapes::sts::PolicyDescriptorType;
use kvs::iam::Directory;

use crate::ops::sts::invalid;
use crate::ops::{ApiError, standing};

/// Session policies that were read and found good.
#[derive(Default)]
pub struct SessionPolicies {
    /// The inline policy.
    pub policies: Vec<String>,
    /// ARNs of managed policies.
    pub arns: Vec<String>,
    /// `PackedPolicySize`: per cent of what is allowed; `None` if there are none.
    pub packed_size: Option<i32>,
}

/// Reads `Policy` and `PolicyArns`. `directory` is that of the session's account, whose
/// policies and AWS's own can be named. `more` is the length of what is packed with them
/// (tags).
///
/// # Errors
///
/// `MalformedPolicyDocument`, `PackedPolicyTooLarge`, `ValidationError`.
pub fn read(
    directory: &Directory,
    policy: Option<String>,
    arns: Option<Vec<PolicyDescriptorType>>,
    more: usize,
) -> Result<SessionPolicies, ApiError> {
    let arns: Vec<String> = arns
        .into_iter()
        .flatten()
        .filter_map(|descriptor| descriptor.arn)
        .collect();
    if arns.len() > ARNS_MAX {
        return Err(invalid(format!(
            "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: \
             Member must have length less than or equal to {ARNS_MAX}"
        )));
    }
    for arn in &arns {
        if standing::managed_text(directory, arn).is_none() {
            return Err(invalid(format!(
                "Policy {arn} does not exist or is not attachable."
            )));
        }
    }
    let inline = policy.as_ref().map_or(0, |policy| policy.chars().count());
    let plain = inline + arns.iter().map(String::len).sum::<usize>();
    let packed = (plain + more).saturating_mul(100).div_ceil(PACKED_MAX);
    if plain > PLAIN_MAX || packed > 100 {
        let consumed = packed.max(plain * 100 / PLAIN_MAX);
        return Err(ApiError::new(
            "PackedPolicyTooLarge",
            400,
            format!(
                "Packed policy consumes {consumed}% of allotted space, please use smaller policy."
            ),
        ));
    }
    // After its length: what is too long is not read.
    if let Some(policy) = &policy {
        Document::parse(policy, DocumentKind::Session)
            .map_err(|error| ApiError::new("MalformedPolicyDocument", 400, error.to_string()))?;
    }
    let packed_size = (plain + more > 0).then(|| i32::try_from(packed).unwrap_or(i32::MAX));
    Ok(SessionPolicies {
        policies: policy.into_iter().collect(),
        arns,
        packed_size,
    })
}

/// AWS: ten managed policies.
const ARNS_MAX: usize = 10;
/// AWS: 2048 characters of plain text.
const PLAIN_MAX: usize = 2048;
/// What policies and tags together may take (ours: AWS packs them in a way it does not
/// tell; fifty tags of the greatest length must fit).
const PACKED_MAX: usize = 24 * 1024;
