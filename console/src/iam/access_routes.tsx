/** Addresses of the pages about policies, roles, the account's settings and decisions. */

import { Route } from "react-router";

import { CreatePolicy } from "./create_policy";
import { CreateRole } from "./create_role";
import { CredentialReport } from "./credential_report";
import { Decisions } from "./decisions";
import { Policies } from "./policies";
import { PolicyPage } from "./policy";
import { RolePage } from "./role";
import { Roles } from "./roles";
import { Settings } from "./settings";

/** Routes below `/console/iam`. */
export const accessRoutes = [
  <Route key="policies" path="policies" element={<Policies />} />,
  <Route key="create-policy" path="policies/create" element={<CreatePolicy />} />,
  <Route key="policy" path="policies/:arn" element={<PolicyPage />} />,
  <Route key="roles" path="roles" element={<Roles />} />,
  <Route key="create-role" path="roles/create" element={<CreateRole />} />,
  <Route key="role" path="roles/:name" element={<RolePage />} />,
  <Route key="settings" path="settings" element={<Settings />} />,
  <Route key="report" path="credential-report" element={<CredentialReport />} />,
  <Route key="decisions" path="decisions" element={<Decisions />} />,
];
