/** IAM's pages. */

import { Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";
import { accessRoutes } from "./access_routes";
import { Dashboard } from "./dashboard";
import { CreateGroup } from "./group_create";
import { GroupPage } from "./group_page";
import { Groups } from "./groups";
import { Users } from "./users";

/** The page of an address below `/console/iam`. */
export function Component() {
  return (
    <Routes>
      <Route index element={<Dashboard />} />
      <Route path="groups" element={<Groups />} />
      <Route path="groups/create" element={<CreateGroup />} />
      <Route path="groups/:name" element={<GroupPage />} />
      <Route path="users" element={<Users />} />
      {accessRoutes}
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
