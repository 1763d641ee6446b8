/**
 * What is wrong with a policy, said at its place before it is sent. Errors are what the server
 * refuses too; warnings are statements that will probably not do what was meant.
 */

import { JsonError, parseJson, placesOf } from "../parts/json_text";
import type { JsonMember, JsonNode, Problem } from "../parts/json_text";
import { ACTIONS, actionsLike, isServedService } from "./actions";

/** What a policy is for: of an identity (a boundary is one too), or of a role's trust. */
export type PolicyKind = "identity" | "trust";

/** Characters that policies may have, white space not counted. */
export const POLICY_SIZE_MAX = {
  managed: 6144,
  user: 2048,
  group: 5120,
  role: 10_240,
  trust: 2048,
} as const;

/** A policy's size as quotas count it: without white space. */
export function policySize(text: string): number {
  return text.replace(/\s/g, "").length;
}

/** What is wrong or doubtful, in the order of the text. */
export function checkPolicy(text: string, kind: PolicyKind, sizeMax: number): Problem[] {
  const check = new Check(text, kind);
  try {
    check.document(parseJson(text));
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    return [{ severity: "error", message: error.message, ...placesOf(text)(error.offset) }];
  }
  const size = policySize(text);
  if (size > sizeMax) {
    const message = `The policy has ${size} characters without white space; at most ${sizeMax} are allowed.`;
    check.problems.push({ severity: "error", message, line: 1, column: 1 });
  }
  return check.problems.sort((a, b) => a.line - b.line || a.column - b.column);
}

/** The errors among problems in one line each, for a field's error text; `undefined` without any. */
export function errorsOf(problems: readonly Problem[]): string | undefined {
  const errors = problems.filter(({ severity }) => severity === "error");
  const first = errors[0];
  if (!first) return undefined;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
  return `Line ${first.line}, column ${first.column}: ${first.message}${more}`;
}

/** Words that an editor of policies offers. */
export const POLICY_WORDS: readonly { value: string; about: string }[] = [
  ...ACTIONS.map(({ name, resource }) => ({ value: name, about: resource === "none" ? "*" : resource })),
  ...["Version", "Statement", "Sid", "Effect", "Allow", "Deny", "Action", "NotAction", "Resource"].map(
    (value) => ({ value, about: "element" }),
  ),
  ...["NotResource", "Principal", "NotPrincipal", "Condition", "2012-10-17"].map((value) => ({
    value,
    about: "element",
  })),
  ...["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "Bool", "IpAddress", "ArnLike"].map(
    (value) => ({ value, about: "operator" }),
  ),
];

class Check {
  readonly problems: Problem[] = [];
  private readonly kind: PolicyKind;
  private readonly place: ReturnType<typeof placesOf>;
  private readonly sids = new Set<string>();
  private hasVariables = false;

  constructor(text: string, kind: PolicyKind) {
    this.kind = kind;
    this.place = placesOf(text);
    const at = [...text].findIndex((character) => !/[\t\n\r\u0020-\u00ff]/.test(character));
    if (at >= 0) {
      const offset = [...text].slice(0, at).join("").length;
      this.error(offset, "Policies take the characters of Latin-1 only; this is none of them.");
    }
  }

  document(root: JsonNode) {
    if (root.kind !== "object") {
      this.error(root.start, "A policy is an object: it begins with {.");
      return;
    }
    const known = this.known(root.members, ["Version", "Id", "Statement"], "a policy");
    const version = known.get("Version")?.value;
    if (version === undefined) {
      this.warning(root.start, 'Without "Version": "2012-10-17" policy variables such as ${aws:username} are not known.');
    } else if (version.kind !== "text" || !["2012-10-17", "2008-10-17"].includes(version.value)) {
      this.error(version.start, 'Version must be "2012-10-17".');
    } else if (version.value === "2008-10-17") {
      this.warning(version.start, "This old version knows no policy variables; 2012-10-17 does.");
    } else {
      this.hasVariables = true;
    }
    const id = known.get("Id")?.value;
    if (id && id.kind !== "text") this.error(id.start, "Id must be a text.");
    const statement = known.get("Statement")?.value;
    if (statement === undefined) {
      this.error(root.start, "The policy has no Statement.");
      return;
    }
    if (statement.kind === "array" && statement.items.length === 0) {
      this.error(statement.start, "Statement must hold at least one statement.");
    }
    for (const node of statement.kind === "array" ? statement.items : [statement]) this.statement(node);
  }

  private statement(node: JsonNode) {
    if (node.kind !== "object") {
      this.error(node.start, "A statement is an object: it begins with {.");
      return;
    }
    const known = this.known(node.members, ELEMENTS, "a statement");
    const effect = known.get("Effect")?.value;
    if (effect === undefined) this.error(node.start, "The statement has no Effect: Allow or Deny.");
    else if (effect.kind !== "text" || !["Allow", "Deny"].includes(effect.value)) {
      this.error(effect.start, 'Effect must be "Allow" or "Deny".');
    }
    this.sid(known.get("Sid")?.value);
    const actions = this.actions(node, known);
    if (this.kind === "trust") this.trust(node, known);
    else this.resources(node, known, actions);
    const condition = known.get("Condition")?.value;
    if (condition) this.condition(condition);
  }

  private sid(node: JsonNode | undefined) {
    if (node === undefined) return;
    if (node.kind !== "text" || !/^[0-9A-Za-z]*$/.test(node.value)) {
      this.error(node.start, "Sid may have letters and digits only.");
    } else if (node.value !== "" && this.sids.has(node.value)) {
      this.error(node.start, `The Sid ${node.value} is used a second time; each must be unique.`);
    } else {
      this.sids.add(node.value);
    }
  }

  /** The patterns of Action; `undefined` for NotAction or where they cannot be read. */
  private actions(statement: JsonNode, known: Known): string[] | undefined {
    const element = this.either(statement, known, "Action", "NotAction", true);
    if (!element) return undefined;
    const texts = this.texts(element, "action");
    for (const { value, start } of texts) this.action(value, start);
    if (this.kind === "trust" && element.name === "NotAction") {
      this.error(element.start, "A trust policy must name its actions with Action.");
    }
    return element.name === "Action" ? texts.map(({ value }) => value) : undefined;
  }

  private action(pattern: string, start: number) {
    if (pattern === "*" || pattern === "*:*") {
      if (this.kind === "trust") this.error(start, NOT_STS);
      return;
    }
    const [service = "", name, ...more] = pattern.split(":");
    if (name === undefined || service === "") {
      this.error(start, `${quoted(pattern)} has no service: write it as service:Action, such as kinesisvideo:PutMedia.`);
    } else if (more.length > 0) {
      this.error(start, `${quoted(pattern)} has more than one colon.`);
    } else if (!/^[A-Za-z0-9-]+$/.test(service)) {
      this.error(start, `${quoted(service)} is no service: its name may have letters, digits and hyphens only.`);
    } else if (!/^[A-Za-z0-9*?_-]+$/.test(name)) {
      this.error(start, `${quoted(pattern)} is no action.`);
    } else if (this.kind === "trust" && service.toLowerCase() !== "sts") {
      this.error(start, NOT_STS);
    } else if (!isServedService(service)) {
      this.warning(start, `This server does not answer for the service ${quoted(service)}; here the action has no effect.`);
    } else if (actionsLike(pattern).length === 0) {
      this.warning(start, `${service} has no action ${quoted(name)} here${nearest(pattern)}.`);
    }
  }

  private resources(statement: JsonNode, known: Known, actions: string[] | undefined) {
    for (const name of ["Principal", "NotPrincipal"]) {
      const found = known.get(name);
      if (found) {
        this.error(found.start, `${name} stands in trust policies only; this policy is about whom it is attached to.`);
      }
    }
    const element = this.either(statement, known, "Resource", "NotResource", true);
    if (!element) return;
    const texts = this.texts(element, "resource");
    const kinds = actions?.flatMap(actionsLike).map(({ resource }) => resource);
    const isOfLists = kinds !== undefined && kinds.length > 0 && kinds.every((kind) => kind === "none");
    for (const { value, start } of texts) {
      const isFine = this.resource(value, start);
      if (isFine && isOfLists && value !== "*" && element.name === "Resource") {
        this.warning(start, 'These actions are asked about "*" alone; with this resource the statement never applies.');
      }
    }
  }

  private resource(text: string, start: number): boolean {
    if (text === "*") return true;
    const parts = text.split(":");
    const [arn, partition = "", service = "", region = "", , ...rest] = parts;
    if (arn !== "arn" || parts.length < 2) {
      this.error(start, `${quoted(text)} must be an ARN (arn:aws:…) or "*".`);
    } else if (!PARTITIONS.has(partition)) {
      this.error(start, `${quoted(partition)} is no partition; write arn:aws:….`);
    } else if (!/^[A-Za-z0-9-]+$/.test(service)) {
      this.error(start, "The service of an ARN must be named in full, without wildcards.");
    } else if (service === "iam" && region !== "") {
      this.error(start, "IAM's resources have no region: write arn:aws:iam::ACCOUNT:….");
    } else if (service === "iam" && parts.length > 5 && !isIamPath(rest.join(":"))) {
      this.error(start, `An IAM resource is "*" or begins with ${IAM_PATHS.join(", ")}.`);
    } else {
      this.stream(service, rest.join(":"), text, start);
      return true;
    }
    return false;
  }

  /** Doubts about what is a pattern of an ARN, but hardly what was meant. */
  private stream(service: string, rest: string, text: string, start: number) {
    if (!this.hasVariables && text.includes("${")) {
      this.warning(start, 'Variables are known with "Version": "2012-10-17" only; here this is plain text.');
    }
    if (service === "kinesisvideo" && /^(stream|channel)\/[^/*]+$/.test(rest)) {
      this.warning(start, `ARNs of ${rest.split("/")[0] ?? ""}s end with the time of creation: end this with /* to match.`);
    }
  }

  private trust(statement: JsonNode, known: Known) {
    for (const name of ["Resource", "NotResource"]) {
      const found = known.get(name);
      if (found) this.error(found.start, `A trust policy has no ${name}: it is about its own role.`);
    }
    const element = this.either(statement, known, "Principal", "NotPrincipal", true);
    if (!element) return;
    const { value } = element;
    if (value.kind === "text") {
      if (value.value !== "*") this.error(value.start, 'A principal is "*" or an object such as {"AWS": "…"}.');
      return;
    }
    if (value.kind !== "object") {
      this.error(value.start, 'A principal is "*" or an object such as {"AWS": "…"}.');
      return;
    }
    if (value.members.length === 0) this.error(value.start, "No principal is named.");
    for (const { name, start, value: named } of value.members) {
      if (!PRINCIPALS.has(name)) {
        this.error(start, `${quoted(name)} is no kind of principal: AWS, Service, Federated or CanonicalUser.`);
        continue;
      }
      for (const node of this.texts({ name, start, value: named }, "principal")) this.principal(name, node);
    }
  }

  private principal(kind: string, { value, start }: { value: string; start: number }) {
    const isArn = /^arn:[^:]+:(iam::\d{12}:(root$|(user|role)\/.+)|sts::\d{12}:(assumed-role|federated-user)\/.+)/;
    const isAws = /^(\d{12}|(AIDA|AROA)[A-Z2-7]{17})$/;
    const isFine =
      kind === "AWS"
        ? value === "*" || (!/[*?]/.test(value) && (isAws.test(value) || isArn.test(value)))
        : kind === "Service"
          ? /^[A-Za-z0-9-]*\.[A-Za-z0-9.-]*$/.test(value)
          : value !== "" && !/[*?]/.test(value);
    if (isFine) return;
    const wanted =
      kind === "AWS"
        ? 'an account id, the ARN of a user, role or account, or "*"; no other wildcard'
        : kind === "Service"
          ? "a service's name such as credentials.iot.amazonaws.com"
          : "a full name without wildcards";
    this.error(start, `${quoted(value)} is no principal: it must be ${wanted}.`);
  }

  private condition(node: JsonNode) {
    if (node.kind !== "object") {
      this.error(node.start, 'Condition is an object such as {"StringEquals": {"aws:username": "…"}}.');
      return;
    }
    if (node.members.length === 0) this.warning(node.start, "An empty condition always holds.");
    for (const { name, start, value } of node.members) {
      if (!isOperator(name)) this.error(start, `${quoted(name)} is no condition operator.`);
      if (value.kind !== "object") {
        this.error(value.start, "Behind an operator stands an object of condition keys and their values.");
        continue;
      }
      for (const key of value.members) this.clause(key);
    }
  }

  private clause({ name, start, value }: JsonMember) {
    if (!/^[^:]+:/.test(name)) this.error(start, `${quoted(name)} is no condition key: keys have a prefix, such as aws:SourceIp.`);
    const values = value.kind === "array" ? value.items : [value];
    if (values.length === 0) this.error(value.start, "The list of values must not be empty.");
    for (const one of values) {
      if (one.kind === "object" || one.kind === "array" || one.kind === "null") {
        this.error(one.start, "A value of a condition is a text, a number, true or false.");
      }
    }
  }

  /** One of two opposite elements. */
  private either(statement: JsonNode, known: Known, name: string, opposite: string, isNeeded: boolean) {
    const [one, other] = [known.get(name), known.get(opposite)];
    if (one && other) this.error(other.start, `A statement has either ${name} or ${opposite}, not both.`);
    else if (!one && !other && isNeeded) this.error(statement.start, `The statement has no ${name}.`);
    return one ?? other;
  }

  private texts({ name, value }: JsonMember, what: string): { value: string; start: number }[] {
    const nodes = value.kind === "array" ? value.items : [value];
    if (nodes.length === 0) this.error(value.start, `${name} must name at least one ${what}.`);
    return nodes.flatMap((node) => {
      if (node.kind === "text") return [node];
      this.error(node.start, `A text in double quotes should stand here.`);
      return [];
    });
  }

  private known(members: JsonMember[], names: readonly string[], of: string): Known {
    const known: Known = new Map();
    for (const member of members) {
      if (names.includes(member.name)) {
        known.set(member.name, member);
        continue;
      }
      const meant = names.find((name) => name.toLowerCase() === member.name.toLowerCase().replace(/s$/, ""));
      const hint = meant ? `; did you mean ${meant}?` : ".";
      this.error(member.start, `${quoted(member.name)} is no element of ${of}${hint}`);
    }
    return known;
  }

  private error(offset: number, message: string) {
    this.problems.push({ severity: "error", message, ...this.place(offset) });
  }

  private warning(offset: number, message: string) {
    this.problems.push({ severity: "warning", message, ...this.place(offset) });
  }
}

type Known = Map<string, JsonMember>;

/** Whether a text is the name of a condition operator, with its prefix and suffix. */
export function isOperator(name: string): boolean {
  const bare = name.toLowerCase().replace(/^(forallvalues|foranyvalue):/, "");
  if (bare === "nullifexists") return false;
  return OPERATORS.has(bare.replace(/ifexists$/, ""));
}

/** What was probably meant by an action that is none, as the end of a sentence. */
function nearest(pattern: string): string {
  if (/[*?]/.test(pattern)) return "";
  const wanted = pattern.toLowerCase();
  let best: [number, string] = [DISTANCE_MAX + 1, ""];
  for (const { name } of ACTIONS) {
    const far = distance(wanted, name.toLowerCase(), best[0]);
    if (far < best[0]) best = [far, name];
  }
  return best[1] === "" ? "" : `; perhaps ${best[1]} is meant`;
}

/** Changes of single characters from one text to another, if fewer than `most`. */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) >= most) return most;
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const swap = (before[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, (before[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    before = row;
  }
  return Math.min(before[b.length] ?? most, most);
}

function isIamPath(rest: string): boolean {
  return rest === "*" || IAM_PATHS.some((path) => rest.startsWith(path));
}

function quoted(text: string): string {
  return `"${text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text}"`;
}

const NOT_STS = "A trust policy allows or denies actions of sts only, such as sts:AssumeRole.";
const SHOWN_MAX = 80;
const DISTANCE_MAX = 3;

const ELEMENTS = [
  "Sid",
  "Effect",
  "Principal",
  "NotPrincipal",
  "Action",
  "NotAction",
  "Resource",
  "NotResource",
  "Condition",
];

const PRINCIPALS = new Set(["AWS", "Service", "Federated", "CanonicalUser"]);

const PARTITIONS = new Set(
  ["aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc", "*"],
);

/** What the path of an IAM resource may begin with. */
const IAM_PATHS = [
  "user/",
  "federated-user/",
  "role/",
  "group/",
  "instance-profile/",
  "mfa/",
  "server-certificate/",
  "policy/",
  "sms-mfa/",
  "saml-provider/",
  "oidc-provider/",
  "report/",
  "access-report/",
];

const COMPARED = ["equals", "notequals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals"];
const OPERATORS = new Set([
  ...["equals", "notequals", "equalsignorecase", "notequalsignorecase", "like", "notlike"].map((name) => `string${name}`),
  ...COMPARED.map((name) => `numeric${name}`),
  ...COMPARED.map((name) => `date${name}`),
  ...["bool", "binaryequals", "ipaddress", "notipaddress", "null"],
  ...["arnequals", "arnlike", "arnnotequals", "arnnotlike"],
]);
