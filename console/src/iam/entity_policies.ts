/** The calls about the policies of a user, a group or a role, which differ by name alone. */

import {
  AttachGroupPolicyCommand,
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  DeleteGroupPolicyCommand,
  DeleteRolePolicyCommand,
  DeleteUserPolicyCommand,
  DetachGroupPolicyCommand,
  DetachRolePolicyCommand,
  DetachUserPolicyCommand,
  GetGroupPolicyCommand,
  GetRolePolicyCommand,
  GetUserPolicyCommand,
  ListAttachedGroupPoliciesCommand,
  ListAttachedRolePoliciesCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupPoliciesCommand,
  ListRolePoliciesCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { AttachedPolicy, IAMClient } from "@aws-sdk/client-iam";

import { allPages } from "./client";
import { documentOf } from "./documents";

/** What can have policies. */
export type Kind = "user" | "group" | "role";

/** Managed policies that are attached. */
export function listAttached(iam: IAMClient, kind: Kind, name: string, abortSignal?: AbortSignal): Promise<AttachedPolicy[]> {
  const options = abortSignal ? { abortSignal } : {};
  return allPages(async (Marker) => {
    const page =
      kind === "user"
        ? await iam.send(new ListAttachedUserPoliciesCommand({ UserName: name, Marker }), options)
        : kind === "group"
          ? await iam.send(new ListAttachedGroupPoliciesCommand({ GroupName: name, Marker }), options)
          : await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: name, Marker }), options);
    return { items: page.AttachedPolicies, next: page.Marker };
  });
}

/** Names of inline policies. */
export function listInline(iam: IAMClient, kind: Kind, name: string, abortSignal?: AbortSignal): Promise<string[]> {
  const options = abortSignal ? { abortSignal } : {};
  return allPages(async (Marker) => {
    const page =
      kind === "user"
        ? await iam.send(new ListUserPoliciesCommand({ UserName: name, Marker }), options)
        : kind === "group"
          ? await iam.send(new ListGroupPoliciesCommand({ GroupName: name, Marker }), options)
          : await iam.send(new ListRolePoliciesCommand({ RoleName: name, Marker }), options);
    return { items: page.PolicyNames, next: page.Marker };
  });
}

/** Attaches a managed policy. */
export async function attach(iam: IAMClient, kind: Kind, name: string, PolicyArn: string): Promise<void> {
  if (kind === "user") await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }));
  else if (kind === "group") await iam.send(new AttachGroupPolicyCommand({ GroupName: name, PolicyArn }));
  else await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn }));
}

/** Detaches a managed policy. */
export async function detach(iam: IAMClient, kind: Kind, name: string, PolicyArn: string): Promise<void> {
  if (kind === "user") await iam.send(new DetachUserPolicyCommand({ UserName: name, PolicyArn }));
  else if (kind === "group") await iam.send(new DetachGroupPolicyCommand({ GroupName: name, PolicyArn }));
  else await iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn }));
}

/** The JSON text of an inline policy. */
export async function inlineDocument(
  iam: IAMClient,
  kind: Kind,
  name: string,
  PolicyName: string,
  abortSignal?: AbortSignal,
): Promise<string> {
  const options = abortSignal ? { abortSignal } : {};
  const answer =
    kind === "user"
      ? await iam.send(new GetUserPolicyCommand({ UserName: name, PolicyName }), options)
      : kind === "group"
        ? await iam.send(new GetGroupPolicyCommand({ GroupName: name, PolicyName }), options)
        : await iam.send(new GetRolePolicyCommand({ RoleName: name, PolicyName }), options);
  return documentOf(answer.PolicyDocument);
}

/** Adds or replaces an inline policy. */
export async function putInline(
  iam: IAMClient,
  kind: Kind,
  name: string,
  PolicyName: string,
  PolicyDocument: string,
): Promise<void> {
  const policy = { PolicyName, PolicyDocument };
  if (kind === "user") await iam.send(new PutUserPolicyCommand({ UserName: name, ...policy }));
  else if (kind === "group") await iam.send(new PutGroupPolicyCommand({ GroupName: name, ...policy }));
  else await iam.send(new PutRolePolicyCommand({ RoleName: name, ...policy }));
}

/** Deletes an inline policy. */
export async function deleteInline(iam: IAMClient, kind: Kind, name: string, PolicyName: string): Promise<void> {
  if (kind === "user") await iam.send(new DeleteUserPolicyCommand({ UserName: name, PolicyName }));
  else if (kind === "group") await iam.send(new DeleteGroupPolicyCommand({ GroupName: name, PolicyName }));
  else await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName }));
}
