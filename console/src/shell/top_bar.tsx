/** The bar above every page: services, theme, and who is signed in. */

import TopNavigation from "@cloudscape-design/components/top-navigation";
import { useNavigate } from "react-router";

import mark from "../kinora.svg";
import { Failure } from "../api/failure";
import { useSigned } from "../session/provider";
import { groupedAccountId } from "../session/account_id";
import { useSay } from "./notes";
import { useTheme } from "./theme";
import type { Theme } from "./theme";

/** The bar. */
export function TopBar() {
  const { session, signOut } = useSigned();
  const navigate = useNavigate();
  const say = useSay();
  const [theme, setTheme] = useTheme();
  const account = groupedAccountId(session.accountId);
  const alias = session.accountAlias;
  const name = session.type === "Root" ? (session.accountName ?? session.email) : session.userName;
  const go = (event: CustomEvent<{ href?: string }>) => {
    if (!event.detail.href) return;
    event.preventDefault();
    void navigate(event.detail.href);
  };
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      say("error", Failure.of(error).message);
    }
  };
  const copyAccount = async () => {
    try {
      await navigator.clipboard.writeText(session.accountId);
      say("success", `The account ID ${session.accountId} is copied.`);
    } catch {
      // Over http from another machine browsers have no clipboard.
      say("info", `The account ID is ${session.accountId}.`);
    }
  };
  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: "/console/",
          title: "Kinora",
          logo: { src: mark, alt: "" },
          onFollow: (event) => {
            event.preventDefault();
            void navigate("/console/");
          },
        }}
        i18nStrings={{
          overflowMenuTriggerText: "More",
          overflowMenuTitleText: "All",
          overflowMenuBackIconAriaLabel: "Back",
          overflowMenuDismissIconAriaLabel: "Close",
        }}
        utilities={[
          {
            type: "menu-dropdown",
            text: "Services",
            iconName: "menu",
            items: [
              { id: "kvs", text: "Kinesis Video Streams", href: "/console/kinesisvideo/streams" },
              { id: "iam", text: "IAM", href: "/console/iam" },
              { id: "usage", text: "Usage", href: "/console/usage" },
            ],
            onItemFollow: go,
          },
          {
            type: "menu-dropdown",
            ariaLabel: "Settings",
            iconName: "settings",
            title: "Appearance",
            items: THEMES.map(({ id, text }) => ({
              id,
              text,
              itemType: "checkbox" as const,
              checked: id === theme,
            })),
            onItemClick: ({ detail }) => setTheme(detail.id as Theme),
          },
          {
            type: "menu-dropdown",
            text: `${name ?? ""} @ ${session.accountAlias ?? account}`,
            title: `Account ${account}`,
            description: [
              session.type === "Root" ? `Root user ${session.email ?? ""}` : `IAM user ${session.userName ?? ""}`,
              ...(alias === null ? [] : [`account alias ${alias}`]),
            ].join(", "),
            iconName: "user-profile",
            items: [
              { id: "copy", text: `Copy account ID ${account}`, iconName: "copy" },
              { id: "credentials", text: "My security credentials", href: "/console/security-credentials" },
              { id: "usage", text: "Usage", href: "/console/usage" },
              { id: "signout", text: "Sign out" },
            ],
            onItemFollow: go,
            onItemClick: ({ detail }) => {
              if (detail.id === "signout") void leave();
              if (detail.id === "copy") void copyAccount();
            },
          },
        ]}
      />
    </div>
  );
}

const THEMES: { id: Theme; text: string }[] = [
  { id: "system", text: "As the system" },
  { id: "light", text: "Light" },
  { id: "dark", text: "Dark" },
];
