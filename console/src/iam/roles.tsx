/** All roles of the account. */

import { DeleteRoleCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import type { Role } from "@aws-sdk/client-iam";
import { useQuery, useQueryClient } from "@tanstack/react-query";

import { Link } from "../parts/link";
import type { Column } from "../parts/list";
import { Moment } from "../parts/moment";
import { ResourceList } from "../parts/resource_list";
import { useSay } from "../shell/notes";
import { allPages, useIam } from "./client";
import { DeleteRole } from "./delete_role";
import { documentOf } from "./documents";
import { trustedOf } from "./trusted_entity";

/** The list. */
export function Roles() {
  const iam = useIam();
  const queries = useQueryClient();
  const say = useSay();
  const roles = useQuery({
    queryKey: ["iam", "roles"],
    queryFn: ({ signal }) =>
      allPages<Role>(async (Marker) => {
        const page = await iam.send(new ListRolesCommand({ Marker, MaxItems: 1000 }), { abortSignal: signal });
        return { items: page.Roles, next: page.Marker };
      }),
  });
  return (
    <ResourceList<Role>
      one="role"
      several="roles"
      description="Permissions without a password or keys of their own: whoever is trusted takes a role for a while."
      query={roles}
      id={nameOf}
      columns={COLUMNS}
      createText="Create role"
      createHref="/console/iam/roles/create"
      deleting={(role, onClose) => (
        <DeleteRole
          name={nameOf(role)}
          onClose={onClose}
          onDelete={async () => {
            await iam.send(new DeleteRoleCommand({ RoleName: role.RoleName }));
            say("success", `The role ${nameOf(role)} is deleted.`);
            await queries.invalidateQueries({ queryKey: ["iam", "roles"] });
          }}
        />
      )}
    />
  );
}

function nameOf({ RoleName = "" }: Role): string {
  return RoleName;
}

function trusted(role: Role): string {
  return trustedOf(documentOf(role.AssumeRolePolicyDocument)).join(", ");
}

const COLUMNS: Column<Role>[] = [
  {
    id: "name",
    header: "Role name",
    isRowHeader: true,
    value: nameOf,
    cell: (role) => (
      <Link href={`/console/iam/roles/${encodeURIComponent(nameOf(role))}`}>{role.RoleName}</Link>
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
