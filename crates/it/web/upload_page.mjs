// The page that sends to a stream, as scripts use it, and a line to the server that is slow,
// breaks, and leads elsewhere when it is told to.

import net from "node:net";
import path from "node:path";

import { settled, visit } from "./browser.mjs";

/** What scripts do on the upload pages of streams; pictures go to `folder`. */
export function uploadPage(page, url, folder) {
  /** What the page counts as stored. */
  async function persisted() {
    const text = await page.locator("main").innerText();
    return Number(text.match(/Stored \(PERSISTED\)\s+([\d,]+)/)?.[1].replaceAll(",", ""));
  }
  return {
    open: (stream) => visit(page, `${url}/console/kinesisvideo/streams/${stream}/upload`),
    choose: (file) => page.locator("input[type=file]").setInputFiles(file),
    send: () => page.getByRole("button", { name: "Send file", exact: true }).click(),
    /** Waits until the page says that all is sent, which it also says to who only listens. */
    ended: () => page.getByText("All of it is on the server.").first().waitFor(),
    persisted,
    async waitForPersisted(count) {
      for (let tries = 0; tries < 300; tries += 1) {
        if ((await persisted()) >= count) return;
        await page.waitForTimeout(100);
      }
      throw new Error(`${count} fragments are not stored`);
    },
    async shoot(name) {
      await settled(page);
      await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
    },
  };
}

/** A line to a server that sends only so much a second, and breaks when it is told to. */
export async function openLine(server) {
  let { hostname, port } = new URL(server);
  const sockets = new Set();
  const made = { bytesPerSecond: Infinity };
  let isBroken = false;
  const listener = net.createServer((near) => {
    if (isBroken) return void near.destroy();
    const far = net.connect(port, hostname);
    for (const [socket, other] of [[near, far], [far, near]]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (bytes) => {
      far.write(bytes);
      const ms = (bytes.length / made.bytesPerSecond) * 1000;
      if (ms < 1) return;
      near.pause();
      setTimeout(() => near.resume(), ms);
    });
    far.on("data", (bytes) => near.write(bytes));
    // A body may end before its answer does.
    near.on("end", () => far.end());
    far.on("end", () => near.end());
  });
  await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));
  made.url = `http://127.0.0.1:${listener.address().port}`;
  made.break = () => {
    isBroken = true;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  made.mend = () => {
    isBroken = false;
  };
  /** Leads new connections to another address. */
  made.to = (server) => {
    ({ hostname, port } = new URL(server));
  };
  made.close = () => {
    listener.close();
    made.break();
  };
  return made;
}
