/** Which page an address shows. Each service is loaded when it is first looked at. */

import { createBrowserRouter } from "react-router";

import { load } from "./pages";
import { BrokenPage } from "./shell/broken";

export const router = createBrowserRouter([
  {
    errorElement: <BrokenPage />,
    HydrateFallback: () => null,
    children: [
      {
        path: "/console",
        lazy: async () => ({ Component: (await load.shell()).Shell }),
        children: [
          { index: true, lazy: async () => ({ Component: (await load.home()).Home }) },
          { path: "iam/*", lazy: load.iam },
          { path: "kinesisvideo/*", lazy: load.kvs },
          { path: "usage/*", lazy: load.usage },
          { path: "security-credentials", lazy: load.credentials },
          { path: "licences", lazy: load.licences },
          { path: "*", lazy: load.missing },
        ],
      },
      { path: "/console/play", lazy: load.play },
      { path: "/signin/*", lazy: load.signIn },
      { path: "/signup/*", lazy: load.signUp },
      { path: "*", lazy: load.missing },
    ],
  },
]);
