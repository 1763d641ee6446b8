// Puts what vite built into `dist/` the way the server embeds it: what compresses by gzip,
// the page as it is. Says how much a first visit loads, and fails if that is too much.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_LOAD_BYTES_MAX = 600 * 1024;
const SMALL_ENOUGH_BYTES = 512;
const folder = new URL("..", import.meta.url).pathname;
const from = join(folder, "build/console/assets");
const to = join(folder, "dist/assets");

rmSync(join(folder, "dist"), { recursive: true, force: true });
mkdirSync(to, { recursive: true });
const sizes = new Map();
for (const name of readdirSync(from).sort()) {
  const bytes = readFileSync(join(from, name));
  const packed = /\.(js|css|svg|json|txt)$/.test(name) ? gzipSync(bytes, { level: 9 }) : bytes;
  const isPacked = packed !== bytes && packed.length + SMALL_ENOUGH_BYTES < bytes.length;
  const kept = isPacked ? packed : bytes;
  sizes.set(name, kept.length);
  writeFileSync(join(to, isPacked ? `${name}.gz` : name), kept);
}
const licences = readFileSync(join(folder, "build/licences.json"));
writeFileSync(join(to, "licences.json.gz"), gzipSync(licences, { level: 9 }));
writeFileSync(join(folder, "dist/index.html"), readFileSync(join(folder, "build/index.html")));

const manifest = JSON.parse(readFileSync(join(folder, "build/.vite/manifest.json"), "utf8"));
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry);
const first = loaded([entry, "src/shell/shell.tsx", "src/home/home.tsx"]);
const total = report("first visit, signed in", first);
report("sign-in page", loaded([entry, "src/signin/routes.tsx"]));
const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
console.log(`all files: ${kib(all)}, ${sizes.size} files, ${digest()}`);
if (total > FIRST_LOAD_BYTES_MAX) {
  console.error(`error: a first visit loads ${kib(total)} of JavaScript, more than ${kib(FIRST_LOAD_BYTES_MAX)}`);
  process.exit(1);
}

/** Scripts that the modules need before they can run. */
function loaded(keys) {
  const files = new Set();
  const visit = (key) => {
    const chunk = manifest[key];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
  };
  for (const key of keys) visit(key);
  return [...files].map((file) => basename(file)).filter((file) => file.endsWith(".js"));
}

function report(what, files) {
  const sum = files.reduce((bytes, file) => bytes + sizes.get(file), 0);
  console.log(`${what}: ${kib(sum)} of compressed JavaScript`);
  for (const file of files.sort((a, b) => sizes.get(b) - sizes.get(a)).slice(0, 8)) {
    console.log(`  ${kib(sizes.get(file)).padStart(10)}  ${file}`);
  }
  return sum;
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

function digest() {
  const hash = createHash("sha256");
  for (const name of [...sizes.keys()]) hash.update(name);
  return `digest ${hash.digest("hex").slice(0, 12)}`;
}
