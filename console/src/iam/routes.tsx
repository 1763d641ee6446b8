/** IAM's pages. */

import { Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";
import { accessRoutes } from "./access_routes";
import { Users } from "./users";

/** The page of an address below `/console/iam`. */
export function Component() {
  return (
    <Routes>
      <Route path="users" element={<Users />} />
      {accessRoutes}
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
