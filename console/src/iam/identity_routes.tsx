/** Addresses of the pages about users and groups, and of IAM's dashboard. */

import { Route } from "react-router";

import { CreateUser } from "./create_user";
import { Dashboard } from "./dashboard";
import { CreateGroup } from "./group_create";
import { Group } from "./group";
import { Groups } from "./groups";
import { User } from "./user";
import { Users } from "./users";

/** Routes below `/console/iam`. */
export const identityRoutes = [
  <Route key="dashboard" index element={<Dashboard />} />,
  <Route key="users" path="users" element={<Users />} />,
  <Route key="create-user" path="users/create" element={<CreateUser />} />,
  <Route key="user" path="users/:name" element={<User />} />,
  <Route key="groups" path="groups" element={<Groups />} />,
  <Route key="create-group" path="groups/create" element={<CreateGroup />} />,
  <Route key="group" path="groups/:name" element={<Group />} />,
];
