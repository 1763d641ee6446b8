// The API beside the browser: what a click did is read by another client.

import { execFile } from "node:child_process";
import crypto from "node:crypto";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Calls made with boto3, in one process. */
export class Api {
  #process;
  #lines;
  #credentials = null;

  constructor(url) {
    const python = path.join(process.env.KINORA_TEST_VENV, "bin/python");
    const script = fileURLToPath(new URL("../python/calls.py", import.meta.url));
    this.#process = execFile(python, [script], {
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        AWS_ENDPOINT_URL: url,
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_MAX_ATTEMPTS: "1",
      },
    });
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Signs with an access key from now on. */
  as(id, secret) {
    this.#credentials = { aws_access_key_id: id, aws_secret_access_key: secret };
  }

  /** Calls an operation of IAM, by its name in Python. */
  iam(operation, fields = {}) {
    return this.call("iam", operation, fields, this.#credentials);
  }

  /** Calls an operation; an error is answered as `{error: code}`. */
  async call(service, operation, fields, credentials) {
    this.#process.stdin.write(`${JSON.stringify([service, operation, fields, credentials])}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${operation}: the process that calls has ended`);
    return JSON.parse(value);
  }

  close() {
    this.#process.stdin.end();
  }
}

/** Compares as JSON. */
export function expect(what, actual, expected) {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left} is not ${right}`);
}

/** What an authenticator app shows (RFC 6238), so many steps from now. */
export function totp(seed, stepsAhead = 0) {
  const bits = [...seed].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + stepsAhead));
  const tag = crypto.createHmac("sha1", key).update(counter).digest();
  const word = tag.readUInt32BE(tag[19] & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, "0");
}

/** Waits for a step that has time left: codes of one call are made in the step that answers it. */
export async function roomForCodes() {
  const left = 30_000 - (Date.now() % 30_000);
  if (left < 6000) await new Promise((done) => setTimeout(done, left + 50));
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
