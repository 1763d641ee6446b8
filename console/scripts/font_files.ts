/** Fonts that a style sheet brings along as `data:` become files of their own. */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import type { Plugin } from "vite";

/**
 * Cloudscape's global style sheet holds eight fonts, of which a page shows two or three. As
 * files they are loaded when they are needed, beside the style sheet instead of before it,
 * and the page's policy need not allow fonts from `data:`.
 */
export function fontFiles(): Plugin {
  let folder = "";
  return {
    name: "font-files",
    enforce: "pre",
    configResolved: ({ cacheDir }) => {
      folder = join(cacheDir, "fonts");
    },
    transform: (code, id) => {
      if (!/\.css$/.test(id)) return undefined;
      return code.replace(DATA_FONT, (_, type: string, base64: string) => {
        const font = Buffer.from(base64, "base64");
        const name = `font-${createHash("sha256").update(font).digest("hex").slice(0, 12)}.${type}`;
        mkdirSync(folder, { recursive: true });
        writeFileSync(join(folder, name), font);
        return `url("${relative(dirname(id), join(folder, name))}")`;
      });
    },
  };
}

const DATA_FONT = /url\(\s*["']?data:font\/(woff2?);base64,([A-Za-z0-9+/=]+)["']?\s*\)/g;
