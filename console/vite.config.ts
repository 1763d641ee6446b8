import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a server: a debug build with its own data. */
const server = process.env["KINORA_URL"] ?? "http://127.0.0.1:8020";

/** What a server answers to `GET`, besides pages. */
const SERVED = /^\/(_kinora|signin|signup|hls|dash|mp4)\b/;

export default defineConfig({
  plugins: [react()],
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
