/** The fields of a new group, and what creates it. */

import { AddUserToGroupCommand, AttachGroupPolicyCommand, CreateGroupCommand } from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";

import { Failure } from "../api/failure";
import { nameOfArn } from "./documents";
import { NAME_RULE, groupNameFault } from "./names";
import type { Shortfall } from "./user_creation";

interface Props {
  name: string;
  onChange: (name: string) => void;
  /** What is wrong is said. */
  isTried: boolean;
}

/** The name. */
export function GroupName({ name, onChange, isTried }: Props) {
  return (
    <FormField
      label="User group name"
      description="A name that says what its users do."
      constraintText={`Up to 128 characters. ${NAME_RULE}`}
      errorText={isTried && groupNameFault(name)}
    >
      <Input value={name} autoComplete={false} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

/** Creates a group. What fails after it is there is told, not thrown. */
export async function createGroup(
  iam: IAMClient,
  group: { name: string; policies: readonly string[]; users: readonly string[] },
): Promise<Shortfall[]> {
  const { name: GroupName } = group;
  await iam.send(new CreateGroupCommand({ GroupName }));
  const shortfalls: Shortfall[] = [];
  for (const PolicyArn of group.policies) {
    try {
      await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    } catch (error) {
      shortfalls.push({ text: `The policy ${nameOfArn(PolicyArn)} is not attached`, failure: Failure.of(error) });
    }
  }
  for (const UserName of group.users) {
    try {
      await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    } catch (error) {
      shortfalls.push({ text: `${UserName} is not in the group`, failure: Failure.of(error) });
    }
  }
  return shortfalls;
}
