/** The frame of every page of somebody who is signed in. */

import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import SideNavigation from "@cloudscape-design/components/side-navigation";
import Spinner from "@cloudscape-design/components/spinner";
import { useEffect, useState, useSyncExternalStore } from "react";
import { Navigate, Outlet, useLocation, useNavigate } from "react-router";

import { FailureAlert } from "../parts/failure_alert";
import { useKnownSession } from "../session/provider";
import { crumbsOf, serviceOf } from "./navigation";
import { Notes, NotesProvider } from "./notes";
import { TopBar } from "./top_bar";

/** Shows a page to who is signed in, and the way to sign in to everybody else. */
export function Shell() {
  const { session, signed, failure, hasEnded } = useKnownSession();
  const location = useLocation();
  if (failure && session === undefined) {
    return <FailureAlert error={failure} onRetry={() => window.location.reload()} />;
  }
  if (session === undefined) return <Spinner size="large" />;
  if (!signed) {
    const next = location.pathname + location.search;
    const query = new URLSearchParams({ next });
    if (hasEnded) query.set("ended", "1");
    return <Navigate replace to={`/signin?${query.toString()}`} />;
  }
  return (
    <NotesProvider>
      <Frame />
    </NotesProvider>
  );
}

function Frame() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const service = serviceOf(pathname);
  const crumbs = crumbsOf(pathname);
  // On a narrow screen the navigation lies over the page. Whether it is open is kept apart, so
  // that it stands beside the page again once there is room.
  const isNarrow = useSyncExternalStore(onWidth, () => NARROW.matches);
  const [open, setOpen] = useState({ beside: true, over: false });
  const title = crumbs.at(-1)?.text;
  useEffect(() => {
    document.title = title && title !== "Kinora" ? `${title} · Kinora` : "Kinora";
  }, [title]);
  const follow = (event: CustomEvent<{ href?: string; external?: boolean }>) => {
    const href = event.detail.href;
    if (!href || event.detail.external) return;
    event.preventDefault();
    setOpen({ ...open, over: false });
    void navigate(href);
  };
  return (
    <>
      <TopBar />
      <AppLayout
        headerSelector="#top"
        toolsHide
        notifications={<Notes />}
        stickyNotifications
        navigationHide={service === undefined}
        navigationOpen={isNarrow ? open.over : open.beside}
        onNavigationChange={({ detail }) =>
          setOpen({ ...open, [NARROW.matches ? "over" : "beside"]: detail.open })
        }
        navigation={
          service && (
            <SideNavigation
              activeHref={service.active}
              header={service.header}
              items={service.items}
              onFollow={follow}
            />
          )
        }
        breadcrumbs={
          crumbs.length > 1 && (
            <BreadcrumbGroup items={crumbs} onFollow={follow} ariaLabel="Where you are" />
          )
        }
        content={<Outlet />}
        ariaLabels={{
          navigation: "Navigation",
          navigationClose: "Close the navigation",
          navigationToggle: "Open the navigation",
          notifications: "Notifications",
        }}
      />
    </>
  );
}

function onWidth(changed: () => void): () => void {
  NARROW.addEventListener("change", changed);
  return () => NARROW.removeEventListener("change", changed);
}

/** Where Cloudscape's layout is that of a phone. */
const NARROW = window.matchMedia("(max-width: 688px)");
