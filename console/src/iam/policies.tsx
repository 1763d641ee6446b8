/** All policies: the account's own and those that AWS maintains. */

import type { Policy } from "@aws-sdk/client-iam";
import { DeletePolicyCommand } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";

import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { DeletePolicy } from "./delete_policy";
import { isAwsManaged } from "./documents";
import { policyType, usePolicies } from "./policy_picker";

/** The list. `?type=` shows one kind alone. */
export function Policies() {
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [search, setSearch] = useSearchParams();
  const [chosen, setChosen] = useState<Policy[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const type = TYPES.find(({ value }) => value === search.get("type")) ?? TYPES[0];
  const policies = usePolicies();
  const shown = policies.data?.filter(({ Arn = "" }) => {
    if (type?.value === "customer") return !isAwsManaged(Arn);
    return type?.value === "aws" ? isAwsManaged(Arn) : true;
  });
  const one = chosen[0];
  const create = (
    <Button variant="primary" onClick={() => void navigate("/console/iam/policies/create")}>
      Create policy
    </Button>
  );
  return (
    <>
      <List<Policy>
        one="policy"
        several="policies"
        description="What is allowed or denied. A policy counts for the users, groups and roles it is attached to."
        items={shown}
        error={policies.error}
        onRetry={() => void policies.refetch()}
        id={(policy) => policy.Arn ?? ""}
        columns={COLUMNS}
        selection={{ type: "single", items: chosen, onChange: setChosen }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            
              <Select
                selectedOption={type ?? null}
                options={TYPES}
                ariaLabel="Filter by type"
                onChange={({ detail }) => {
                  setChosen([]);
                  const value = detail.selectedOption.value ?? "";
                  setSearch(value === "" ? {} : { type: value }, { replace: true });
                }}
              />
            
            <Button disabled={!one?.Arn || isAwsManaged(one.Arn)} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        emptyAction={create}
      />
      {isDeleting && one && (
        <DeletePolicy
          policy={one}
          onClose={() => setDeleting(false)}
          onDelete={async () => {
            await iam.send(new DeletePolicyCommand({ PolicyArn: one.Arn }));
            setChosen([]);
            say("success", `The policy ${one.PolicyName ?? ""} is deleted.`);
            await queries.invalidateQueries({ queryKey: ["iam", "policies"] });
          }}
        />
      )}
    </>
  );
}

const TYPES = [
  { value: "", label: "All types" },
  { value: "customer", label: "Customer managed" },
  { value: "aws", label: "AWS managed" },
];

const COLUMNS: Column<Policy>[] = [
  {
    id: "name",
    header: "Policy name",
    isRowHeader: true,
    value: (policy) => policy.PolicyName ?? "",
    cell: (policy) => (
      <Link href={`/console/iam/policies/${encodeURIComponent(policy.Arn ?? "")}`}>{policy.PolicyName}</Link>
    ),
  },
  {
    id: "type",
    header: "Type",
    value: (policy) => policyType(policy.Arn ?? ""),
    cell: (policy) => policyType(policy.Arn ?? ""),
  },
  {
    id: "attached",
    header: "Used as permissions policy",
    value: (policy) => policy.AttachmentCount ?? 0,
    cell: (policy) => policy.AttachmentCount ?? 0,
  },
  {
    id: "boundary",
    header: "Used as boundary",
    value: (policy) => policy.PermissionsBoundaryUsageCount ?? 0,
    cell: (policy) => policy.PermissionsBoundaryUsageCount ?? 0,
  },
  {
    id: "edited",
    header: "Edited",
    value: (policy) => policy.UpdateDate?.getTime() ?? 0,
    cell: (policy) => <Moment at={policy.UpdateDate} />,
  },
];
