/** Starts the console. */

import "./start";

import "@cloudscape-design/global-styles/index.css";
import "./shell/shell.css";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";

import { Failure } from "./api/failure";
import { router } from "./routes";
import { SessionProvider } from "./session/provider";
import { followTheme } from "./shell/theme";

followTheme();

// What pages are written in, on its way while their scripts are: text that changes its width
// later would not fit the place that was made for it.
for (const weight of ["400", "700"]) void document.fonts.load(`${weight} 14px "Open Sans"`).catch(() => undefined);

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal does not become a permission by asking again.
      retry: (tries, error) => tries < 2 && Failure.of(error).status === 0,
      refetchOnWindowFocus: false,
      staleTime: 2000,
    },
  },
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <RouterProvider router={router} />
        </SessionProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
