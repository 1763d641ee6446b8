/** All policies: the account's own and those that AWS maintains. */

import type { Policy } from "@aws-sdk/client-iam";
import { DeletePolicyCommand } from "@aws-sdk/client-iam";
import Select from "@cloudscape-design/components/select";
import { useQueryClient } from "@tanstack/react-query";
import { useSearchParams } from "react-router";

import { Link } from "../parts/link";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ResourceList } from "../parts/resource_list";
import { useSay } from "../shell/notes";
import { useIam } from "./client";
import { DeletePolicy } from "./delete_policy";
import { isAwsManaged } from "./documents";
import { policyType, usePolicies } from "./policy_picker";

/** The list. `?type=` shows one kind alone. */
export function Policies() {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const [search, setSearch] = useSearchParams();
  const type = TYPES.find(({ value }) => value === search.get("type")) ?? TYPES[0];
  return (
    <ResourceList<Policy>
      one="policy"
      several="policies"
      description="What is allowed or denied. A policy counts for the users, groups and roles it is attached to."
      query={usePolicies()}
      filter={({ Arn = "" }) => !type?.value || isAwsManaged(Arn) === (type.value === "aws")}
      filtering={
        <Select
          selectedOption={type ?? null}
          options={TYPES}
          ariaLabel="Filter by type"
          onChange={({ detail }) => {
            const value = detail.selectedOption.value ?? "";
            setSearch(value === "" ? {} : { type: value }, { replace: true });
          }}
        />
      }
      id={(policy) => policy.Arn ?? ""}
      columns={COLUMNS}
      createText="Create policy"
      createHref="/console/iam/policies/create"
      kept={({ Arn = "" }) => (isAwsManaged(Arn) ? "AWS's own policies cannot be deleted." : undefined)}
      deleting={(policy, onClose) => (
        <DeletePolicy
          policy={policy}
          onClose={onClose}
          onDelete={async () => {
            await iam.send(new DeletePolicyCommand({ PolicyArn: policy.Arn }));
            say("success", `The policy ${policy.PolicyName ?? ""} is deleted.`);
            await queries.invalidateQueries({ queryKey: ["iam", "policies"] });
          }}
        />
      )}
    />
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
