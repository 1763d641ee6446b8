import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Where `npm run dev` finds a server: a debug build with its own data. */
const server = process.env["KINORA_URL"] ?? "http://127.0.0.1:8020";

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
      "^/(?!console|src|node_modules|@|signin$|signup$).*": { target: server, changeOrigin: false },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
