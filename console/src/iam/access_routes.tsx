/** Addresses of the pages about policies, roles, the account's settings and decisions. */

import { Route } from "react-router";

import { CreatePolicy } from "./create_policy";

/** Routes below `/console/iam`. */
export const accessRoutes = [
  <Route key="create" path="policies/create" element={<CreatePolicy />} />,
];
