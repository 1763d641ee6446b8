/** All roles of the account. */

import { DeleteRoleCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import type { Role } from "@aws-sdk/client-iam";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";

import { Link } from "../parts/link";
import { List } from "../parts/list";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { useSay } from "../shell/notes";
import { allPages, useIam } from "./client";
import { DeleteRole } from "./delete_role";
import { documentOf } from "./documents";
import { trustedOf } from "./trusted_entity";

/** The list. */
export function Roles() {
  const iam = useIam();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const say = useSay();
  const [chosen, setChosen] = useState<Role[]>([]);
  const [isDeleting, setDeleting] = useState(false);
  const roles = useQuery({
    queryKey: ["iam", "roles"],
    queryFn: ({ signal }) =>
      allPages<Role>(async (Marker) => {
        const page = await iam.send(new ListRolesCommand({ Marker, MaxItems: 1000 }), { abortSignal: signal });
        return { items: page.Roles, next: page.Marker };
      }),
  });
  const name = chosen[0]?.RoleName ?? "";
  const create = (
    <Button variant="primary" onClick={() => void navigate("/console/iam/roles/create")}>
      Create role
    </Button>
  );
  return (
    <>
      <List<Role>
        one="role"
        several="roles"
        description="Permissions without a password or keys of their own: whoever is trusted takes a role for a while."
        items={roles.data}
        error={roles.error}
        onRetry={() => void roles.refetch()}
        id={(role) => role.RoleName ?? ""}
        columns={COLUMNS}
        selection={{ type: "single", items: chosen, onChange: setChosen }}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <Button disabled={name === ""} onClick={() => setDeleting(true)}>
              Delete
            </Button>
            {create}
          </SpaceBetween>
        }
        emptyAction={create}
      />
      {isDeleting && (
        <DeleteRole
          name={name}
          onClose={() => setDeleting(false)}
          onDelete={async () => {
            await iam.send(new DeleteRoleCommand({ RoleName: name }));
            setChosen([]);
            say("success", `The role ${name} is deleted.`);
            await queries.invalidateQueries({ queryKey: ["iam", "roles"] });
          }}
        />
      )}
    </>
  );
}

function trusted(role: Role): string {
  return trustedOf(documentOf(role.AssumeRolePolicyDocument)).join(", ");
}

const COLUMNS: Column<Role>[] = [
  {
    id: "name",
    header: "Role name",
    isRowHeader: true,
    value: (role) => role.RoleName ?? "",
    cell: (role) => (
      <Link href={`/console/iam/roles/${encodeURIComponent(role.RoleName ?? "")}`}>{role.RoleName}</Link>
    ),
  },
  { id: "trusted", header: "Trusted entities", value: trusted, cell: (role) => trusted(role) || "–" },
  { id: "description", header: "Description", value: (role) => role.Description ?? "", cell: (role) => role.Description || "–" },
  {
    id: "created",
    header: "Created",
    value: (role) => role.CreateDate?.getTime() ?? 0,
    cell: (role) => <Moment at={role.CreateDate} />,
  },
];
