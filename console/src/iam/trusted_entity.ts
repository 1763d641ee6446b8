/** Trust policies of the usual kinds of roles. */

/** Whom a new role is for. */
export type Trusted =
  | { kind: "account"; accountId: string; externalId: string; isMfaRequired: boolean }
  | { kind: "service"; service: string }
  | { kind: "web"; provider: string; audience: string }
  | { kind: "custom"; document: string };

/** The trust policy, as text. */
export function trustPolicy(trusted: Trusted): string {
  if (trusted.kind === "custom") return trusted.document;
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement(trusted)] }, null, 2);
}

/** What is missing or wrong in a form's fields, by field. */
export function trustFaults(trusted: Trusted): Record<string, string> {
  const faults: Record<string, string> = {};
  if (trusted.kind === "account") {
    if (!/^\d{12}$/.test(trusted.accountId)) faults["accountId"] = "An account id has 12 digits.";
    const { externalId } = trusted;
    if (externalId !== "" && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
      faults["externalId"] = "Use 2 to 1,224 letters, digits and + = , . @ : / _ -";
    }
  }
  if (trusted.kind === "web") {
    if (!/^arn:aws:iam::\d{12}:oidc-provider\/.+/.test(trusted.provider)) faults["provider"] = "Choose a provider.";
    if (trusted.audience === "") faults["audience"] = "Enter the audience that tokens must be for.";
  }
  return faults;
}

/** Whom a trust policy names, in few words; nothing where it cannot be read. */
export function trustedOf(document: string): string[] {
  try {
    const policy = JSON.parse(document) as { Statement?: unknown };
    const statements = Array.isArray(policy.Statement) ? policy.Statement : [policy.Statement];
    const named = statements.flatMap((statement: unknown) => principals(statement));
    return [...new Set(named)];
  } catch {
    return [];
  }
}

function principals(statement: unknown): string[] {
  if (typeof statement !== "object" || statement === null) return [];
  const { Effect, Principal } = statement as { Effect?: unknown; Principal?: unknown };
  if (Effect !== "Allow") return [];
  if (Principal === "*") return ["Everybody"];
  if (typeof Principal !== "object" || Principal === null) return [];
  return Object.entries(Principal).flatMap(([kind, names]: [string, unknown]) =>
    (Array.isArray(names) ? names : [names]).flatMap((name: unknown) =>
      typeof name === "string" ? [inWords(kind, name)] : [],
    ),
  );
}

function inWords(kind: string, name: string): string {
  if (kind === "AWS" && name === "*") return "Everybody";
  const account = /^(?:arn:aws:iam::)?(\d{12})(?::root)?$/.exec(name)?.[1];
  if (kind === "AWS" && account) return `Account: ${account}`;
  if (kind === "AWS") return name.replace(/^arn:aws:(iam|sts)::\d{12}:/, "");
  if (kind === "Service") return `AWS service: ${name}`;
  return `Identity provider: ${name.replace(/^.*oidc-provider\//, "")}`;
}

function statement(trusted: Exclude<Trusted, { kind: "custom" }>): object {
  if (trusted.kind === "service") {
    return { Effect: "Allow", Principal: { Service: trusted.service }, Action: "sts:AssumeRole" };
  }
  if (trusted.kind === "web") {
    const host = trusted.provider.replace(/^.*:oidc-provider\//, "");
    return {
      Effect: "Allow",
      Principal: { Federated: trusted.provider },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { [`${host}:aud`]: trusted.audience } },
    };
  }
  const { accountId, externalId, isMfaRequired } = trusted;
  const condition = {
    ...(externalId !== "" && { StringEquals: { "sts:ExternalId": externalId } }),
    ...(isMfaRequired && { Bool: { "aws:MultiFactorAuthPresent": "true" } }),
  };
  return {
    Effect: "Allow",
    Principal: { AWS: `arn:aws:iam::${accountId}:root` },
    Action: "sts:AssumeRole",
    ...(Object.keys(condition).length > 0 && { Condition: condition }),
  };
}

/** What AWS's console calls the inline policy that ends sessions. */
export const REVOKE_NAME = "AWSRevokeOlderSessions";

/** Denies everything to sessions that began before a time. */
export function revokePolicy(before: Date): string {
  const policy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Deny",
        Action: ["*"],
        Resource: ["*"],
        Condition: { DateLessThan: { "aws:TokenIssueTime": before.toISOString() } },
      },
    ],
  };
  return JSON.stringify(policy, null, 2);
}
