/** What is beside and above a page: its service's pages, and the way to it. */

import type { SideNavigationProps } from "@cloudscape-design/components/side-navigation";

export interface Service {
  header: SideNavigationProps.Header;
  items: SideNavigationProps.Item[];
  /** The page that is marked as shown. */
  active: string;
}

/** The service that a page belongs to. */
export function serviceOf(path: string): Service | undefined {
  const found = SERVICES.find(({ header }) => path.startsWith(header.href.replace(/\/streams$/, "")));
  if (!found) return undefined;
  const hrefs = found.items.flatMap(hrefsOf);
  const fitting = hrefs.filter((href) => path === href || path.startsWith(`${href}/`));
  const active = fitting.sort((a, b) => b.length - a.length)[0] ?? "";
  return { ...found, active };
}

/** The way to a page, from the console's start. */
export function crumbsOf(path: string): { text: string; href: string }[] {
  const crumbs = [{ text: "Kinora", href: "/console/" }];
  let href = "/console";
  for (const part of path.split("/").slice(2).filter(Boolean)) {
    href += `/${part}`;
    const name = NAMES.get(href.slice("/console/".length)) ?? decoded(part);
    // The tabs of a stream are places within its page.
    if (/^\/console\/kinesisvideo\/streams\/[^/]+\/./.test(href)) break;
    if (href === "/console/kinesisvideo") {
      crumbs.push({ text: name, href: "/console/kinesisvideo/streams" });
    } else {
      crumbs.push({ text: name, href });
    }
  }
  return crumbs;
}

function hrefsOf(item: SideNavigationProps.Item): string[] {
  if (item.type === "link") return [item.href];
  if (item.type === "section") return item.items.flatMap(hrefsOf);
  return [];
}

function decoded(part: string): string {
  try {
    // Policies are found by their ARN and known by their name.
    return decodeURIComponent(part).replace(/^arn:aws:iam:.*\//, "");
  } catch {
    return part;
  }
}

const NAMES = new Map([
  ["iam", "IAM"],
  ["iam/users", "Users"],
  ["iam/users/create", "Create user"],
  ["iam/groups", "User groups"],
  ["iam/groups/create", "Create user group"],
  ["iam/roles", "Roles"],
  ["iam/roles/create", "Create role"],
  ["iam/policies", "Policies"],
  ["iam/policies/create", "Create policy"],
  ["iam/settings", "Account settings"],
  ["iam/credential-report", "Credential report"],
  ["iam/decisions", "Decision tracer"],
  ["kinesisvideo", "Kinesis Video Streams"],
  ["kinesisvideo/streams", "Video streams"],
  ["kinesisvideo/create", "Create a video stream"],
  ["usage", "Usage"],
  ["licences", "Licences"],
  ["security-credentials", "My security credentials"],
]);

const SERVICES: Omit<Service, "active">[] = [
  {
    header: { text: "IAM", href: "/console/iam" },
    items: [
      { type: "link", text: "Dashboard", href: "/console/iam" },
      {
        type: "section",
        text: "Access management",
        items: [
          { type: "link", text: "User groups", href: "/console/iam/groups" },
          { type: "link", text: "Users", href: "/console/iam/users" },
          { type: "link", text: "Roles", href: "/console/iam/roles" },
          { type: "link", text: "Policies", href: "/console/iam/policies" },
          { type: "link", text: "Account settings", href: "/console/iam/settings" },
        ],
      },
      {
        type: "section",
        text: "Access reports",
        items: [
          { type: "link", text: "Decision tracer", href: "/console/iam/decisions" },
          { type: "link", text: "Credential report", href: "/console/iam/credential-report" },
        ],
      },
    ],
  },
  {
    header: { text: "Kinesis Video Streams", href: "/console/kinesisvideo/streams" },
    items: [{ type: "link", text: "Video streams", href: "/console/kinesisvideo/streams" }],
  },
];
