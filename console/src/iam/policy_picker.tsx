/** Chooses managed policies, AWS's and the account's own, with what each allows. */

import { ListPoliciesCommand } from "@aws-sdk/client-iam";
import type { Policy } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { FailureAlert } from "../parts/failure_alert";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { ByName } from "./by_name";
import { allPages, useIam } from "./client";
import { isAwsManaged } from "./documents";
import { ManagedPolicy } from "./managed_policy";

interface Props {
  /** ARNs. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
  /** ARNs that are not offered: what is attached already. */
  without?: readonly string[];
  /** One can be chosen instead of several: a permissions boundary. */
  isSingle?: boolean;
  title?: string;
}

/** A list to choose from; who may not list policies enters their ARNs. */
export function PolicyPicker({ chosen, onChange, without = NONE, isSingle = false, title = "Permissions policies" }: Props) {
  const policies = usePolicies();
  const offered = useMemo(
    () => policies.data?.filter((policy) => !without.includes(policy.Arn ?? "")),
    [policies.data, without],
  );
  if (policies.error && !policies.data) {
    return (
      <SpaceBetween size="s">
        <FailureAlert
          error={policies.error}
          header="The policies cannot be listed"
          onRetry={() => void policies.refetch()}
        />
        <ByName
          label="Policy ARN"
          placeholder="arn:aws:iam::aws:policy/AdministratorAccess"
          chosen={chosen}
          onChange={(arns) => onChange(isSingle ? arns.slice(-1) : arns)}
          fault={(arn) => (ARN.test(arn) ? undefined : "This is not the ARN of a policy.")}
        />
      </SpaceBetween>
    );
  }
  return (
    <List<Policy>
      isPart
      title={title}
      one="policy"
      several="policies"
      description={isSingle ? undefined : `Chosen: ${chosen.length}. Up to 10 can be attached.`}
      items={offered}
      id={(policy) => policy.Arn ?? ""}
      columns={COLUMNS}
      selection={{
        type: isSingle ? "single" : "multi",
        items: (offered ?? []).filter((policy) => chosen.includes(policy.Arn ?? "")),
        onChange: (items) => onChange(items.map((policy) => policy.Arn ?? "")),
      }}
    />
  );
}

/** All managed policies that can be attached, the account's own first. */
export function usePolicies() {
  const iam = useIam();
  return useQuery({
    queryKey: ["iam", "policies", "All"],
    queryFn: async ({ signal }) => {
      const found = await allPages<Policy>(async (Marker) => {
        const asked = new ListPoliciesCommand({ Scope: "All", MaxItems: 1000, Marker });
        const page = await iam.send(asked, { abortSignal: signal });
        return { items: page.Policies, next: page.Marker };
      });
      const order = (policy: Policy) => (isAwsManaged(policy.Arn ?? "") ? 1 : 0);
      return found.sort(
        (a, b) => order(a) - order(b) || (a.PolicyName ?? "").localeCompare(b.PolicyName ?? ""),
      );
    },
  });
}

/** What a policy is called by its keeper. */
export function policyType(arn: string): string {
  return isAwsManaged(arn) ? "AWS managed" : "Customer managed";
}

function Name({ policy }: { policy: Policy }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <ExpandableSection
      variant="inline"
      headerText={policy.PolicyName}
      headingTagOverride="h4"
      expanded={isOpen}
      onChange={({ detail }) => setOpen(detail.expanded)}
    >
      {isOpen && (
        <Box padding={{ top: "xs" }}>
          <ManagedPolicy arn={policy.Arn ?? ""} />
        </Box>
      )}
    </ExpandableSection>
  );
}

const COLUMNS: Column<Policy>[] = [
  {
    id: "name",
    header: "Policy name",
    isRowHeader: true,
    minWidth: 260,
    value: (policy) => policy.PolicyName ?? "",
    cell: (policy) => <Name policy={policy} />,
  },
  {
    id: "type",
    header: "Type",
    value: (policy) => policyType(policy.Arn ?? ""),
    cell: (policy) => policyType(policy.Arn ?? ""),
  },
  {
    id: "attached",
    header: "Attached entities",
    value: (policy) => policy.AttachmentCount ?? 0,
    cell: (policy) => policy.AttachmentCount ?? 0,
  },
];
const ARN = /^arn:aws:iam::(aws|\d{12}):policy\/.+$/;
const NONE: readonly string[] = [];
