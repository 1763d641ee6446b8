// Asks @cloud-copilot/iam-simulate about policies: one JSON object a line on standard input, one
// answer a line on standard output.
//
//   node simulate.mjs < cases.jsonl
//
// The package is an independent evaluator under the AGPL. It is installed for this test only,
// nothing of it is part of Kinora, and nothing of Kinora is made from it. A case with
// `validate` also goes through the package's own checks of policies and context keys; what they
// refuse comes back as `error`.
// KINORA_TEST_NODE_MODULES says where the npm packages are.

import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";

const modules = process.env.KINORA_TEST_NODE_MODULES;
const simulator = createRequire(path.join(modules, "index.js"))("@cloud-copilot/iam-simulate");

function simulation(asked) {
  const named = (policies) => policies.map((policy, index) => ({ name: `p${index}`, policy }));
  const simulation = {
    request: {
      principal: asked.principal,
      action: asked.action,
      resource: { resource: asked.resource ?? "*", accountId: asked.account },
      contextVariables: asked.context,
    },
    identityPolicies: named(asked.identity),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
  };
  if (asked.boundary) simulation.permissionBoundaryPolicies = named([asked.boundary]);
  if (asked.session) simulation.sessionPolicy = asked.session;
  if (asked.resourcePolicy) simulation.resourcePolicy = asked.resourcePolicy;
  return simulation;
}

async function answer(asked) {
  try {
    // The quick way knows neither session and resource policies nor actions without a resource.
    const isPlain = asked.resource && !asked.session && !asked.resourcePolicy;
    if (isPlain && !asked.validate) {
      return { result: simulator.runUnsafeSimulation(simulation(asked), {}) };
    }
    const checked = await simulator.runSimulation(simulation(asked), {});
    if (checked.resultType === "error") return { error: checked.errors };
    return { result: checked.overallResult };
  } catch (error) {
    return { error: String(error) };
  }
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity });
let output = [];
for await (const line of lines) {
  output.push(JSON.stringify(await answer(JSON.parse(line))));
  if (output.length === 1000) {
    process.stdout.write(`${output.join("\n")}\n`);
    output = [];
  }
}
if (output.length > 0) process.stdout.write(`${output.join("\n")}\n`);
