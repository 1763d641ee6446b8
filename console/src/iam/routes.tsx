/** IAM's pages. */

import { Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";
import { accessRoutes } from "./access_routes";
import { identityRoutes } from "./identity_routes";

/** The page of an address below `/console/iam`. */
export function Component() {
  return (
    <Routes>
      {identityRoutes}
      {accessRoutes}
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
