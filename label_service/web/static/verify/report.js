/** Numbered steps and what they found. Mirrors verify/report.py. */
import { LabelServiceError, NotFetched, Unsure } from "./errors.js";

/** Run steps in order, after those of `done`; after a failure the rest is not checked, after an unsure one it goes on. */
export async function run(checks, done = []) {
  const steps = [...done];
  let hasFailed = steps.some((step) => step.outcome === "fails");
  for (const [name, check] of Object.entries(checks)) {
    const [outcome, detail] = hasFailed ? ["not checked", ""] : await outcomeOf(check);
    steps.push({ number: steps.length + 1, name, outcome, detail });
    hasFailed ||= outcome === "fails";
  }
  return steps;
}

/** Put a report together: exit code 0 where all holds, 3 where something is unknown, 1 where a step fails. */
export function reported(steps, facts) {
  const failed = steps.find((step) => step.outcome === "fails");
  const open = steps.filter((step) => step.outcome !== "holds").map((step) => step.name);
  let verdict = "VALID: every step holds";
  if (failed) verdict = `NOT VALID: step ${failed.number} (${failed.name}) fails`;
  else if (open.length) verdict = `signatures hold, but not everything could be checked: ${open.join(", ")}`;
  return { verdict, exit_code: failed ? 1 : open.length ? 3 : 0, facts, steps };
}

async function outcomeOf(check) {
  try {
    return ["holds", await check()];
  } catch (error) {
    if (error instanceof NotFetched) throw error;
    if (error instanceof Unsure) return ["unsure", error.message];
    if (error instanceof LabelServiceError) return ["fails", error.message];
    return ["fails", `could not be computed: ${error.message}`];
  }
}
