/** What would be decided about a principal, actions and resources. */

import {
  GetContextKeysForPrincipalPolicyCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListRolesCommand,
  ListUsersCommand,
  SimulatePrincipalPolicyCommand,
} from "@aws-sdk/client-iam";
import type { EvaluationResult, IAMClient } from "@aws-sdk/client-iam";
import { KinesisVideoClient, ListStreamsCommand } from "@aws-sdk/client-kinesis-video";
import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Multiselect from "@cloudscape-design/components/multiselect";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useSearchParams } from "react-router";

import { settings } from "../api/clients";
import { FailureAlert } from "../parts/failure_alert";
import { useSigned } from "../session/provider";
import { ACTIONS, SERVICE_NAMES, actionOf } from "./actions";
import { allPages, useIam } from "./client";
import { keyType, principalOf } from "./decision_words";
import type { Principal } from "./decision_words";
import { SimulationResult } from "./simulation_result";

interface Outcome {
  result: EvaluationResult;
  /** What the identity-based policies say alone, where a boundary does not allow. */
  unbounded: string | undefined;
}

/** The form and its results. `?principal=`, `?action=` and `?resource=` (several) fill it. */
export function Simulation() {
  const iam = useIam();
  const signed = useSigned();
  const { session } = signed;
  const [search, setSearch] = useSearchParams();
  const self = session.type === "User" ? session.arn : "";
  const [principal, setPrincipal] = useState(search.get("principal") ?? self);
  const [actions, setActions] = useState<string[]>(search.getAll("action"));
  const [resources, setResources] = useState<string[]>(search.has("resource") ? search.getAll("resource") : ["*"]);
  const [resource, setResource] = useState("");
  const [context, setContext] = useState<Record<string, string>>({});
  const [isBusy, setBusy] = useState(false);
  const [isTried, setTried] = useState(false);
  const [error, setError] = useState<unknown>();
  const [outcomes, setOutcomes] = useState<{ holders: Principal[]; results: Outcome[] }>();
  const named = principalOf(principal);
  const principals = useQuery({ queryKey: ["iam", "principals"], queryFn: ({ signal }) => readPrincipals(iam, signal) });
  const streams = useQuery({
    queryKey: ["kvs", "stream-arns"],
    queryFn: async ({ signal }) => {
      const client = new KinesisVideoClient(settings(signed));
      const page = await client.send(new ListStreamsCommand({ MaxResults: 1000 }), { abortSignal: signal });
      return (page.StreamInfoList ?? []).map(({ StreamARN = "", StreamName = "" }) => ({ value: StreamARN, label: StreamName }));
    },
  });
  const keys = useQuery({
    queryKey: ["iam", "context-keys", principal],
    enabled: named !== undefined,
    queryFn: async ({ signal }) => {
      const asked = new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: principal });
      return (await iam.send(asked, { abortSignal: signal })).ContextKeyNames ?? [];
    },
  });
  const run = async () => {
    setTried(true);
    // What was typed and not added counts as well.
    const all = added(resources, resource);
    setResources(all);
    setResource("");
    if (!named || actions.length === 0 || all.length === 0 || isBusy) return;
    setBusy(true);
    setError(undefined);
    const several = (key: string, values: string[]) => values.map((value): [string, string] => [key, value]);
    setSearch([["principal", principal], ...several("action", actions), ...several("resource", all)], { replace: true });
    try {
      setOutcomes(await simulate(iam, named, { principal, actions, resources: all, context, account: session.accountId }));
    } catch (error) {
      setError(error);
      setOutcomes(undefined);
    } finally {
      setBusy(false);
    }
  };
  return (
    <SpaceBetween size="l">
      <Container footer={<Button variant="primary" loading={isBusy} onClick={() => void run()}>Trace</Button>}>
        <SpaceBetween size="m">
          <FormField
            label="Principal"
            description="A user, a user group or a role. The root user is allowed everything in its account."
            errorText={isTried && !named && "Choose a user, a user group or a role, or enter its ARN."}
          >
            <Autosuggest
              clearAriaLabel="Clear"
              value={principal}
              options={principals.data ?? []}
              onChange={({ detail }) => setPrincipal(detail.value)}
              enteredTextLabel={(value) => `Use "${value}"`}
              placeholder="Choose or enter an ARN"
              empty="None can be listed; enter an ARN."
              ariaLabel="Principal"
            />
          </FormField>
          <FormField label="Actions" errorText={isTried && actions.length === 0 && "Choose at least one action."}>
            <Multiselect
              options={OPTIONS}
              selectedOptions={actions.map((value) => ({ value, label: value }))}
              onChange={({ detail }) => setActions(detail.selectedOptions.flatMap(({ value }) => (value ? [value] : [])))}
              filteringType="auto"
              filteringPlaceholder="Find actions"
              filteringAriaLabel="Find actions"
              placeholder="Choose actions"
              deselectAriaLabel={({ label = "" }) => `Remove ${label}`}
              empty="No action matches"
              tokenLimit={6}
              i18nStrings={{ tokenLimitShowMore: "Show more", tokenLimitShowFewer: "Show fewer" }}
            />
          </FormField>
          <FormField
            label="Resources"
            description='ARNs, such as a stream’s, or "*". Each is decided for itself.'
            errorText={isTried && resources.length === 0 && "Choose at least one resource."}
          >
            <SpaceBetween size="xs">
              <Autosuggest
                clearAriaLabel="Clear"
                value={resource}
                options={[{ value: "*", label: "All resources" }, ...(streams.data ?? [])]}
                onChange={({ detail }) => setResource(detail.value)}
                onSelect={({ detail }) => {
                  setResources(added(resources, detail.value));
                  setResource("");
                }}
                enteredTextLabel={(value) => `Add "${value}"`}
                placeholder="Choose or enter an ARN"
                ariaLabel="Resources"
              />
              <TokenGroup
                items={resources.map((arn) => ({
                  label: arn === "*" ? "All resources (*)" : arn,
                  dismissLabel: `Remove ${arn}`,
                }))}
                onDismiss={({ detail }) => setResources(resources.filter((_, at) => at !== detail.itemIndex))}
              />
            </SpaceBetween>
          </FormField>
          {(keys.data?.length ?? 0) > 0 && (
            <ExpandableSection headerText="Context keys - optional" headerDescription="Conditions of these policies speak of them.">
              <SpaceBetween size="s">
                {keys.data?.map((key) => (
                  <FormField key={key} label={key}>
                    <Input
                      value={context[key] ?? ""}
                      autoComplete={false}
                      onChange={({ detail }) => setContext({ ...context, [key]: detail.value })}
                    />
                  </FormField>
                ))}
              </SpaceBetween>
            </ExpandableSection>
          )}
          {error !== undefined && <FailureAlert error={error} header="It cannot be traced" />}
        </SpaceBetween>
      </Container>
      {named && outcomes?.results.map(({ result, unbounded }) => (
        <SimulationResult
          key={`${result.EvalActionName ?? ""} ${result.EvalResourceName ?? ""}`}
          result={result}
          unbounded={unbounded}
          principal={named}
          holders={outcomes.holders}
        />
      ))}
    </SpaceBetween>
  );
}

interface Asked {
  principal: string;
  actions: string[];
  resources: string[];
  context: Record<string, string>;
  account: string;
}

async function simulate(iam: IAMClient, named: Principal, asked: Asked) {
  const groups =
    named.kind === "user"
      ? await iam.send(new ListGroupsForUserCommand({ UserName: named.name })).then(
          ({ Groups = [] }) => Groups.map(({ GroupName = "" }) => ({ kind: "group" as const, name: GroupName })),
          // Without the groups, their policies are named and not shown.
          () => [],
        )
      : [];
  const input = {
    PolicySourceArn: asked.principal,
    // What a group may do, a member of it may: somebody calls.
    ...(named.kind === "group" && { CallerArn: `arn:aws:iam::${asked.account}:user/member` }),
    ContextEntries: Object.entries(asked.context)
      .filter(([, value]) => value.trim() !== "")
      .map(([key, value]) => ({ ContextKeyName: key, ContextKeyType: keyType(key), ContextKeyValues: [value.trim()] })),
  };
  // Lists and the like are asked about "*" alone, whatever resources were chosen.
  const isOfAll = (action: string) => actionOf(action)?.resource === "none";
  const rounds = [
    ...asked.resources.map((arn) => ({
      ActionNames: asked.actions.filter((action) => !isOfAll(action)),
      ResourceArns: [arn],
    })),
    { ActionNames: asked.actions.filter(isOfAll), ResourceArns: ["*"] },
  ].filter(({ ActionNames }) => ActionNames.length > 0);
  const all = async (more: object) => {
    const answers = rounds.map((round) =>
      allPages<EvaluationResult>(async (Marker) => {
        const page = await iam.send(new SimulatePrincipalPolicyCommand({ ...input, ...round, ...more, Marker }));
        return { items: page.EvaluationResults, next: page.Marker };
      }),
    );
    return (await Promise.all(answers)).flat();
  };
  const results = await all({});
  const isBounded = results.some(
    ({ EvalDecision, PermissionsBoundaryDecisionDetail: detail }) =>
      EvalDecision !== "allowed" && detail?.AllowedByPermissionsBoundary === false,
  );
  const unbounded = isBounded ? await all({ PermissionsBoundaryPolicyInputList: [ALLOW_ALL] }) : [];
  return {
    holders: [named, ...groups],
    results: results.map((result, at) => ({ result, unbounded: unbounded[at]?.EvalDecision })),
  };
}

/** With another resource, if it is one and not there yet. */
function added(resources: string[], text: string): string[] {
  const resource = text.trim();
  return resource === "" || resources.includes(resource) ? resources : [...resources, resource];
}

/** Users, groups and roles, as far as they may be listed. */
async function readPrincipals(iam: IAMClient, abortSignal: AbortSignal) {
  const options = { abortSignal };
  const lists = await Promise.allSettled([
    allPages(async (Marker) => {
      const page = await iam.send(new ListUsersCommand({ Marker }), options);
      return { items: page.Users, next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await iam.send(new ListGroupsCommand({ Marker }), options);
      return { items: page.Groups, next: page.Marker };
    }),
    allPages(async (Marker) => {
      const page = await iam.send(new ListRolesCommand({ Marker }), options);
      return { items: page.Roles, next: page.Marker };
    }),
  ]);
  return ["Users", "User groups", "Roles"].map((label, at) => {
    const list = lists[at];
    const arns = list?.status === "fulfilled" ? list.value.map(({ Arn = "" }) => Arn) : [];
    return { label, options: arns.map((value) => ({ value, label: principalOf(value)?.name ?? value })) };
  });
}

const ALLOW_ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}';

const OPTIONS = [...SERVICE_NAMES].map(([service, label]) => ({
  label,
  options: ACTIONS.filter((action) => action.service === service).map(({ name, resource }) => ({
    value: name,
    label: name,
    labelTag: resource === "none" ? "*" : resource,
  })),
}));
