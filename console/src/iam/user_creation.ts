/** What is done to create a user as the wizard was filled in. */

import {
  AddUserToGroupCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  GetUserCommand,
  ListGroupsForUserCommand,
} from "@aws-sdk/client-iam";
import type { IAMClient } from "@aws-sdk/client-iam";

import { Failure } from "../api/failure";
import type { Tag } from "../parts/tags";
import { nameOfArn } from "./documents";
import { attach, inlineDocument, listAttached, listInline, putInline } from "./entity_policies";

/** What a user is given. */
export interface Permissions {
  groups: readonly string[];
  /** ARNs. */
  policies: readonly string[];
  /** ARN. */
  boundary: string | undefined;
  inline: readonly { name: string; document: string }[];
}

/** A user to be. */
export interface NewUser extends Permissions {
  name: string;
  tags: readonly Tag[];
  /** `undefined` without access to the console. */
  password: string | undefined;
  mustChange: boolean;
}

/** What did not work after the user was there. */
export interface Shortfall {
  text: string;
  failure: Failure;
}

/** What another user has, to be given to a new one. */
export async function permissionsOf(iam: IAMClient, UserName: string): Promise<Permissions> {
  const [user, groups, attached, inline] = await Promise.all([
    iam.send(new GetUserCommand({ UserName })),
    iam.send(new ListGroupsForUserCommand({ UserName })),
    listAttached(iam, "user", UserName),
    listInline(iam, "user", UserName),
  ]);
  return {
    groups: (groups.Groups ?? []).map((group) => group.GroupName ?? ""),
    policies: attached.map((policy) => policy.PolicyArn ?? ""),
    boundary: user.User?.PermissionsBoundary?.PermissionsBoundaryArn,
    inline: await Promise.all(
      inline.map(async (name) => ({ name, document: await inlineDocument(iam, "user", UserName, name) })),
    ),
  };
}

/**
 * Creates the user, then all that it is to have. What fails after the user is there is told,
 * not thrown: the rest is done nevertheless.
 *
 * @param iam A client.
 * @param user Who is to be.
 */
export async function createUser(iam: IAMClient, user: NewUser): Promise<Shortfall[]> {
  const { name: UserName, boundary, password } = user;
  const fields = { UserName, Tags: [...user.tags], PermissionsBoundary: boundary };
  await iam.send(new CreateUserCommand(fields));
  const shortfalls: Shortfall[] = [];
  const then = async (text: string, done: Promise<unknown>) => {
    try {
      await done;
    } catch (error) {
      shortfalls.push({ text, failure: Failure.of(error) });
    }
  };
  for (const GroupName of user.groups) {
    await then(`It is not in the group ${GroupName}`, iam.send(new AddUserToGroupCommand({ UserName, GroupName })));
  }
  for (const arn of user.policies) {
    await then(`The policy ${nameOfArn(arn)} is not attached`, attach(iam, "user", UserName, arn));
  }
  for (const { name, document } of user.inline) {
    await then(`The inline policy ${name} is missing`, putInline(iam, "user", UserName, name, document));
  }
  if (password !== undefined) {
    const profile = { UserName, Password: password, PasswordResetRequired: user.mustChange };
    await then(NO_PASSWORD, iam.send(new CreateLoginProfileCommand(profile)));
  }
  return shortfalls;
}

/** Said of a user whose password was not set. */
export const NO_PASSWORD = "It cannot sign in to the console: no password is set";
