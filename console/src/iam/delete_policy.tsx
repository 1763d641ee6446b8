/** Asks before a policy is deleted; IAM deletes none that is in use or has other versions. */

import {
  DeletePolicyVersionCommand,
  ListEntitiesForPolicyCommand,
  ListPolicyVersionsCommand,
} from "@aws-sdk/client-iam";
import type { Policy } from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";

import { Confirm } from "../parts/confirm";
import { Failure } from "../api/failure";
import { many } from "../words";
import { allPages, useIam } from "./client";

interface Props {
  policy: Policy;
  onDelete: () => Promise<void>;
  onClose: () => void;
}

/** The dialogue. It deletes versions that are not the default one first, as IAM wants it. */
export function DeletePolicy({ policy, onDelete, onClose }: Props) {
  const iam = useIam();
  const name = policy.PolicyName ?? "";
  const uses = (policy.AttachmentCount ?? 0) + (policy.PermissionsBoundaryUsageCount ?? 0);
  const remove = async () => {
    const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn: policy.Arn, MaxItems: 10 }));
    const users = [
      ...(entities.PolicyUsers ?? []).map(({ UserName }) => `user ${UserName ?? ""}`),
      ...(entities.PolicyGroups ?? []).map(({ GroupName }) => `group ${GroupName ?? ""}`),
      ...(entities.PolicyRoles ?? []).map(({ RoleName }) => `role ${RoleName ?? ""}`),
    ];
    if (users.length > 0) {
      const message = `The policy is still in use: ${users.join(", ")}. Detach it there first.`;
      throw new Failure({ code: "DeleteConflict", message });
    }
    const versions = await allPages(async (Marker) => {
      const page = await iam.send(new ListPolicyVersionsCommand({ PolicyArn: policy.Arn, Marker }));
      return { items: page.Versions, next: page.Marker };
    });
    for (const version of versions.filter(({ IsDefaultVersion }) => !IsDefaultVersion)) {
      await iam.send(new DeletePolicyVersionCommand({ PolicyArn: policy.Arn, VersionId: version.VersionId }));
    }
    await onDelete();
  };
  return (
    <Confirm title={`Delete the policy ${name}?`} typed={name} action="Delete" onConfirm={remove} onClose={onClose}>
      {uses > 0 ? (
        <Box>
          It is attached in {many(uses, "place")}. It must be detached from every user, group and role, and be
          nobody's permissions boundary, before it can be deleted.
        </Box>
      ) : (
        <Box>All its versions are deleted with it.</Box>
      )}
    </Confirm>
  );
}
