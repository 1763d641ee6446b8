import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import license from "rollup-plugin-license";
import { defineConfig } from "vitest/config";

import { fontFiles } from "./scripts/font_files.ts";

/** Where `npm run dev` finds a server: a debug build with its own data. */
const server = process.env["KINORA_URL"] ?? "http://127.0.0.1:8020";

/** SPDX expressions of licences that may be embedded; `deny.toml` has those of the server. */
const ALLOWED = "(MIT OR Apache-2.0 OR ISC OR BSD-2-Clause OR BSD-3-Clause OR 0BSD OR MPL-2.0)";

/** What a server answers to `GET`, besides pages. */
const SERVED = /^\/(_kinora|signin|signup|hls|dash|mp4)\b/;

export default defineConfig({
  plugins: [
    react(),
    fontFiles(),
    license({
      thirdParty: {
        // What is embedded may only be under licences that the server's own parts may have.
        allow: { test: ALLOWED, failOnUnlicensed: true, failOnViolation: true },
        output: {
          file: fileURLToPath(new URL("build/licences.json", import.meta.url)),
          template: (parts) =>
            JSON.stringify(
              parts
                .map(({ name, version, license, licenseText }) => ({ name, version, license, text: licenseText }))
                .sort((a, b) => String(a.name).localeCompare(String(b.name))),
            ),
        },
      },
    }),
  ],
  build: {
    outDir: "build",
    assetsDir: "console/assets",
    // The server's policy lets no page bring its own `data:` fonts.
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    target: ["chrome111", "firefox128", "safari16.4"],
    chunkSizeWarningLimit: 2000,
  },
  server: {
    proxy: {
      // Pages and their parts come from here, all else from a server: KINORA_URL.
      "^/.*": {
        target: server,
        bypass: (request) => {
          const isRead = request.method === "GET" || request.method === "HEAD";
          const isPage = request.headers.accept?.includes("text/html") === true;
          const isServed = SERVED.test(request.url ?? "");
          return isRead && (isPage || !isServed) ? request.url : undefined;
        },
      },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
