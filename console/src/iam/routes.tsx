/** IAM's pages. */

import { Route, Routes } from "react-router";

import { Component as Missing } from "../shell/missing";
import { Users } from "./users";

/** The page of an address below `/console/iam`. */
export function Component() {
  return (
    <Routes>
      <Route path="users" element={<Users />} />
      <Route path="*" element={<Missing />} />
    </Routes>
  );
}
