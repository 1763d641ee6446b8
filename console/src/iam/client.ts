/** IAM's client of the official SDK. */

import { IAMClient } from "@aws-sdk/client-iam";
import { useMemo } from "react";

import { settings } from "../api/clients";
import { useSigned } from "../session/provider";

/** A client that acts as who is signed in. */
export function useIam(): IAMClient {
  const signed = useSigned();
  return useMemo(() => new IAMClient(settings(signed)), [signed]);
}

/**
 * All items of an operation that answers in pages.
 *
 * @param page Asks for the page behind a marker; the first without one.
 */
export async function allPages<T>(
  page: (marker: string | undefined) => Promise<{ items: T[] | undefined; next: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let marker: string | undefined;
  do {
    const answer = await page(marker);
    items.push(...(answer.items ?? []));
    marker = answer.next;
  } while (marker !== undefined && items.length < ITEMS_MAX);
  return items;
}

/** More are not read into a page: IAM's own quota of users is 5,000. */
const ITEMS_MAX = 10_000;
