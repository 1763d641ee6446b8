/** The calls about a user's tags. */

import { ListUserTagsCommand, TagUserCommand, UntagUserCommand } from "@aws-sdk/client-iam";
import type { IAMClient, Tag } from "@aws-sdk/client-iam";

import type { TagChanges } from "../parts/tags";
import { allPages } from "./client";

/** All tags. */
export function readUserTags(iam: IAMClient, UserName: string, abortSignal: AbortSignal): Promise<Tag[]> {
  return allPages(async (Marker) => {
    const page = await iam.send(new ListUserTagsCommand({ UserName, Marker }), { abortSignal });
    return { items: page.Tags, next: page.Marker };
  });
}

/** Takes away first, so that there is room for what is new. */
export async function writeUserTags(iam: IAMClient, UserName: string, { set, removed }: TagChanges): Promise<void> {
  if (removed.length > 0) await iam.send(new UntagUserCommand({ UserName, TagKeys: removed }));
  if (set.length > 0) await iam.send(new TagUserCommand({ UserName, Tags: set }));
}
