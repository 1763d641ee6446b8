/** Which page an address shows. Each service is loaded when it is first looked at. */

import { createBrowserRouter } from "react-router";

import { BrokenPage } from "./shell/broken";

export const router = createBrowserRouter([
  {
    errorElement: <BrokenPage />,
    HydrateFallback: () => null,
    children: [
      {
        path: "/console",
        lazy: async () => ({ Component: (await import("./shell/shell")).Shell }),
        children: [
          { index: true, lazy: async () => ({ Component: (await import("./home/home")).Home }) },
          { path: "iam/*", lazy: () => import("./iam/routes") },
          { path: "kinesisvideo/*", lazy: () => import("./kvs/routes") },
          { path: "usage/*", lazy: () => import("./usage/routes") },
          { path: "security-credentials", lazy: () => import("./iam/own_credentials") },
          { path: "licences", lazy: () => import("./licences/licences") },
          { path: "*", lazy: () => import("./shell/missing") },
        ],
      },
      { path: "/console/play", lazy: () => import("./kvs/play") },
      { path: "/signin/*", lazy: () => import("./signin/routes") },
      { path: "/signup/*", lazy: () => import("./signup/routes") },
      { path: "*", lazy: () => import("./shell/missing") },
    ],
  },
]);
