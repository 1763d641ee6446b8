//! SimulatePrincipalPolicy and SimulateCustomPolicy: what policies would say, decided by
//! the engine that decides about requests.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html>
//!
//! There is a result for each pair of action and resource. Newer clients look for a
//! resource in `ResourceSpecificResults`, older ones in `EvalResourceName`: both find it.

mod exclusion;
mod setting;

use std::collections::BTreeMap;

use aws::op::Op;
use aws::policy::{
    Decision, DocumentKind, Outcome, Policies, Request, Source, Sourced, Stage, evaluate, managed,
};
use aws::shapes::iam::{
    EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, PolicySourceType, Position, ResourceSpecificResult,
    SimulateCustomPolicyInput, SimulateCustomPolicyOutput, SimulatePrincipalPolicyInput,
    SimulatePrincipalPolicyOutput, Statement,
};

use kvs::limits;

use self::setting::Setting;
use super::page::{Page, Window};
use super::target::Target;
use super::{context_keys, principal};
use crate::ops::authority::{self, Ask};
use crate::ops::{ApiError, Caller, Cx};

/// Simulates policies of the request.
///
/// # Errors
///
/// `InvalidInput`, `ValidationError` for a marker, denial.
pub async fn simulate_custom_policy(
    cx: &Cx,
    caller: &Caller,
    input: SimulateCustomPolicyInput,
) -> Result<SimulateCustomPolicyOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    authority::check(cx, caller, &Ask::new(Op::SimulateCustomPolicy, "*"))?;
    let mut setting = Setting::new(caller.account, input.caller_arn.as_deref())?;
    setting.identity = context_keys::given("PolicyInputList", &input.policy_input_list)?;
    setting.bound(input.permissions_boundary_policy_input_list.as_deref())?;
    for level in input
        .ordered_organization_policy_input_list
        .unwrap_or_default()
    {
        let texts = level.service_control_policy_input_list.unwrap_or_default();
        let level = context_keys::given("ServiceControlPolicyInputList", &texts)?;
        setting.organization.push(level);
    }
    setting.place(
        input.resource_policy.as_deref(),
        input.resource_owner.as_deref(),
    )?;
    setting.fill(input.context_entries.as_deref().unwrap_or_default())?;
    let resources = input.resource_arns.unwrap_or_default();
    let page = simulated(cx, setting, input.action_names, resources, window).await?;
    Ok(SimulateCustomPolicyOutput {
        evaluation_results: Some(page.items),
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// Simulates the policies of a user, group or role, with others of the request.
///
/// # Errors
///
/// `NoSuchEntity`, `InvalidInput`, `ValidationError` for a marker, denial.
pub async fn simulate_principal_policy(
    cx: &Cx,
    caller: &Caller,
    input: SimulatePrincipalPolicyInput,
) -> Result<SimulatePrincipalPolicyOutput, ApiError> {
    let window = Window::new(input.marker.as_deref(), input.max_items)?;
    let source = &input.policy_source_arn;
    let target = Target::by_arn(caller, source);
    authority::check(cx, caller, &target.ask(Op::SimulatePrincipalPolicy))?;
    let directory = &caller.directory;
    let holder = principal::holder(directory, source)?;
    let caller_arn = input.caller_arn.as_deref().unwrap_or(source);
    let mut setting = Setting::new(caller.account, Some(caller_arn))?;
    let mut held = principal::policies(&cx.server.standings, directory, &holder)?;
    setting.boundary = principal::boundary(&cx.server.standings, directory, &holder)?;
    let exclusions = input.policy_exclusion_list.unwrap_or_default();
    for exclusion in &exclusions {
        exclusion::check(exclusion)?;
    }
    held.retain(|held| {
        !exclusions
            .iter()
            .any(|exclusion| exclusion::meets(exclusion, held))
    });
    let boundary = holder.boundary().unwrap_or_default();
    if exclusions
        .iter()
        .any(|one| exclusion::meets_boundary(one, boundary))
    {
        setting.boundary = None;
    }
    setting.identity = held.into_iter().map(|held| held.sourced).collect();
    let more = input.policy_input_list.unwrap_or_default();
    setting
        .identity
        .extend(context_keys::given("PolicyInputList", &more)?);
    setting.bound(input.permissions_boundary_policy_input_list.as_deref())?;
    setting.place(
        input.resource_policy.as_deref(),
        input.resource_owner.as_deref(),
    )?;
    setting.fill(input.context_entries.as_deref().unwrap_or_default())?;
    let resources = input.resource_arns.unwrap_or_default();
    let page = simulated(cx, setting, input.action_names, resources, window).await?;
    Ok(SimulatePrincipalPolicyOutput {
        evaluation_results: Some(page.items),
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}

/// The results of [`results`], worked out where it holds nobody up.
async fn simulated(
    cx: &Cx,
    setting: Setting,
    actions: Vec<String>,
    resources: Vec<String>,
    window: Window,
) -> Result<Page<EvaluationResult>, ApiError> {
    let work = move || results(&setting, &actions, &resources, &window);
    cx.server.simulations.run(work).await?
}

/// The results for a page of the pairs of action and resource; the page is as short as the
/// work of one request demands.
fn results(
    setting: &Setting,
    actions: &[String],
    resources: &[String],
    window: &Window,
) -> Result<Page<EvaluationResult>, ApiError> {
    let everything = ["*".to_owned()];
    let resources = match resources {
        [] => &everything[..],
        resources => resources,
    };
    setting::check_pairs(actions, resources)?;
    let pairs = actions
        .iter()
        .flat_map(|action| resources.iter().map(move |resource| (action, resource)))
        .enumerate();
    let mut left = limits::SIMULATED_WORK_MAX;
    let fits = |(_, (_, resource)): &(usize, (&String, &String))| {
        let rest = left.checked_sub(setting.work(resource));
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    let page = window.of_fitting(pairs, |(index, _)| format!("{index:08}"), fits);
    if page.items.is_empty() && page.is_truncated == Some(true) {
        return Err(setting::invalid(
            "The policies are too long to be simulated with this resource and this context.",
        ));
    }
    Ok(page.map(|(_, (action, resource))| result(setting, action, resource)))
}

fn result(setting: &Setting, action: &str, resource: &str) -> EvaluationResult {
    let request = Request {
        principal: setting.principal(),
        action,
        resource: (resource != "*").then_some(resource),
        keys: &setting.context,
    };
    let owner = setting.owner_of(resource);
    let policies = setting.policies(&owner);
    let decision = evaluate(&policies, &request);
    let organizations = allowed_by_organization(setting, &request);
    let outcome = match (decision.outcome, organizations) {
        (Outcome::Allowed, Some(outcome)) => outcome,
        (outcome, _) => outcome,
    };
    let matched = match outcome == decision.outcome {
        true => statements(&decision),
        false => Vec::new(),
    };
    let missing: Vec<String> = decision
        .missing_context_keys()
        .iter()
        .map(|key| (*key).to_owned())
        .collect();
    let boundary = setting.boundary.as_ref().map(|boundary| {
        let allows = only(std::slice::from_ref(boundary), &request) == Outcome::Allowed;
        PermissionsBoundaryDecisionDetail {
            allowed_by_permissions_boundary: Some(allows),
        }
    });
    let details = (resource != "*").then(|| match setting.is_foreign(&owner) {
        false => BTreeMap::new(),
        true => by_side(&policies, &request),
    });
    let specific = (resource != "*").then(|| ResourceSpecificResult {
        eval_decision_details: details.clone().filter(|details| !details.is_empty()),
        eval_resource_decision: shape(outcome),
        eval_resource_name: resource.to_owned(),
        matched_statements: Some(matched.clone()),
        missing_context_values: Some(missing.clone()),
        permissions_boundary_decision_detail: boundary.clone(),
    });
    EvaluationResult {
        eval_action_name: action.to_owned(),
        eval_decision: shape(outcome),
        eval_decision_details: details,
        eval_resource_name: Some(resource.to_owned()),
        matched_statements: Some(matched),
        missing_context_values: Some(missing),
        organizations_decision_detail: organizations.map(|outcome| OrganizationsDecisionDetail {
            allowed_by_organizations: Some(outcome == Outcome::Allowed),
        }),
        permissions_boundary_decision_detail: boundary,
        resource_specific_results: Some(specific.into_iter().collect()),
    }
}

/// What policies say by themselves, as if they were all there is.
fn only(identity: &[Sourced], request: &Request<'_>) -> Outcome {
    let policies = Policies {
        identity,
        resource_account: request.principal.account(),
        ..Policies::default()
    };
    evaluate(&policies, request).outcome
}

/// What the service control policies say: each level must allow. `None` without any.
fn allowed_by_organization(setting: &Setting, request: &Request<'_>) -> Option<Outcome> {
    let levels = setting.organization.iter();
    let outcomes: Vec<Outcome> = levels.map(|level| only(level, request)).collect();
    let of = |outcome| outcomes.contains(&outcome).then_some(outcome);
    of(Outcome::ExplicitDeny)
        .or_else(|| of(Outcome::ImplicitDeny))
        .or_else(|| of(Outcome::Allowed))
}

/// What each side says where caller and resource are of different accounts.
fn by_side(
    policies: &Policies<'_>,
    request: &Request<'_>,
) -> BTreeMap<String, PolicyEvaluationDecisionType> {
    let identity = only(policies.identity, request);
    // With identity policies that allow everything, the resource policy decides.
    let everything = managed::ManagedPolicy::by_arn(EVERYTHING).and_then(|policy| {
        let id = policy.name.to_owned();
        context_keys::one(id, policy.document, DocumentKind::Identity, Source::None).ok()
    });
    let identities: Vec<Sourced> = everything.into_iter().collect();
    let policies = Policies {
        identity: &identities,
        boundary: None,
        ..*policies
    };
    let resource = evaluate(&policies, request).outcome;
    [
        ("IAM Policy".to_owned(), shape(identity)),
        ("Resource Policy".to_owned(), shape(resource)),
    ]
    .into()
}

/// The statements that made a decision; nothing makes an implicit denial.
fn statements(decision: &Decision<'_>) -> Vec<Statement> {
    if decision.outcome == Outcome::ImplicitDeny {
        return Vec::new();
    }
    let matched = decision.matched().into_iter();
    let counts = matched.filter(|matched| matched.stage != Stage::Boundary);
    let place = |position: aws::policy::Position| Position {
        column: i32::try_from(position.column).ok(),
        line: i32::try_from(position.line).ok(),
    };
    let shape = counts.map(|matched| Statement {
        end_position: Some(place(matched.end)),
        source_policy_id: Some(matched.sourced.id.clone()),
        source_policy_type: PolicySourceType::parse(matched.sourced.source.as_str()),
        start_position: Some(place(matched.start)),
    });
    shape.collect()
}

fn shape(outcome: Outcome) -> PolicyEvaluationDecisionType {
    match outcome {
        Outcome::Allowed => PolicyEvaluationDecisionType::Allowed,
        Outcome::ExplicitDeny => PolicyEvaluationDecisionType::ExplicitDeny,
        Outcome::ImplicitDeny => PolicyEvaluationDecisionType::ImplicitDeny,
    }
}

const EVERYTHING: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

#[cfg(test)]
mod tests;
