/** Decisions in words, and where in which policy the statement stands that made them. */

import { JsonError, member, offsetOf, parseJson, placesOf } from "../parts/json_text";
import type { Place } from "../parts/json_text";
import type { Kind } from "./entity_policies";

/** A principal as its ARN tells it. */
export interface Principal {
  kind: Kind;
  name: string;
}

/** Where a policy is kept. */
export type PolicyPlace = { kind: "managed"; arn: string } | { kind: "inline"; of: Principal; policy: string };

/** The user, group or role of an ARN; of a session its role. */
export function principalOf(arn: string): Principal | undefined {
  const found = /^arn:aws:iam::\d{12}:(user|group|role)\/(?:.*\/)?([^/]+)$/.exec(arn);
  if (found?.[1] && found[2]) return { kind: found[1] as Kind, name: found[2] };
  const role = /^arn:aws:sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn)?.[1];
  return role === undefined ? undefined : { kind: "role", name: role };
}

/** Where a policy is kept that a simulation names; of inline policies the id begins with their holder. */
export function placeOfSimulated(
  id: string,
  holders: readonly Principal[],
  managed: readonly { PolicyName?: string | undefined; Arn?: string | undefined }[],
): PolicyPlace | undefined {
  for (const of of holders) {
    const prefix = `${of.kind}_${of.name}_`;
    if (id.startsWith(prefix)) return { kind: "inline", of, policy: id.slice(prefix.length) };
  }
  const arn = managed.find(({ PolicyName }) => PolicyName === id)?.Arn;
  return arn === undefined ? undefined : { kind: "managed", arn };
}

/** The statement that begins at a place, from its first to behind its last character. */
export function statementAt(text: string, start: Place): { start: Place; end: Place } | undefined {
  try {
    const statement = member(parseJson(text), "Statement");
    const nodes = statement?.kind === "array" ? statement.items : statement ? [statement] : [];
    const offset = offsetOf(text, start);
    const node = nodes.find((node) => node.start === offset);
    const place = placesOf(text);
    return node && { start: place(node.start), end: place(node.end) };
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}

/** The smallest statement that allows an action on a resource. */
export function smallestStatement(action: string, resource: string): object {
  return { Effect: "Allow", Action: action, Resource: resource === "" ? "*" : resource };
}

/** A policy of one statement, as text. */
export function policyWith(statement: object): string {
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] }, null, 2);
}

/** A decision as a person says it. */
export function decisionInWords(decision: string): string {
  if (decision === "allowed") return "Allowed";
  return decision === "explicitDeny" ? "Explicitly denied" : "Implicitly denied";
}

/** The type that IAM's simulator gives a condition key of this name. */
export function keyType(key: string): "string" | "ip" | "boolean" | "numeric" | "date" {
  const name = key.toLowerCase();
  if (name === "aws:sourceip" || name === "aws:vpcsourceip") return "ip";
  if (/^aws:(securetransport|multifactorauthpresent|viaawsservice)$/.test(name)) return "boolean";
  if (name === "aws:multifactorauthage" || name === "sts:durationseconds") return "numeric";
  return name === "aws:currenttime" || name === "aws:tokenissuetime" ? "date" : "string";
}
