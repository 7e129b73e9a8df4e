/**
 * Checks the label of this page in the browser: fetches its bundle, verifies it and shows each step.
 * The page is complete without it; the verifier is loaded when the page stands, a part of it beside the proofs.
 */
import { isClockWrong } from "./clock.js";
import { element, showSteps, stepName } from "./steps.js";

const place = document.querySelector("#checked");

/** Check once, and say honestly what stopped it. */
async function check() {
  say(place.dataset.saidRunning);
  try {
    const { bundle, basis, verifier } = place.dataset;
    const { canVerify, pinnedRoots, presentTime } = await import(basis);
    if (!(await canVerify())) throw new Error("WebCrypto, Ed25519");
    const [{ inspectBundle }, answer] = await Promise.all([import(verifier), fetch(bundle)]);
    if (!answer.ok) throw new Error(`${bundle}: ${answer.status}`);
    const [data, roots, at] = [await answer.arrayBuffer(), await pinnedRoots(), presentTime()];
    const report = await inspectBundle(new Uint8Array(data), roots, at);
    show(isThisLabel(report) ? report : otherLabel(report));
    place.querySelector(".clock").hidden = !isClockWrong(answer);
  } catch (error) {
    say(`${place.dataset.saidImpossible} (${error.message})`);
  }
}

/** Tell whether the bundle is about the label of this page, with the grade it shows. */
function isThisLabel({ facts }) {
  return facts.label === place.dataset.label && facts.grade === place.dataset.grade;
}

function otherLabel(report) {
  const detail = `the bundle is about label ${report.facts.label}, grade ${report.facts.grade}, not what this page shows`;
  const steps = report.steps.some((step) => step.outcome === "fails")
    ? report.steps
    : [...report.steps, { number: report.steps.length + 1, name: "page", outcome: "fails", detail }];
  return { ...report, steps, exit_code: 1 };
}

function show(report) {
  const failed = report.steps.find((step) => step.outcome === "fails");
  showSteps(place.querySelector("ol"), report, place.dataset);
  say(verdict(report, failed).replace("{}", String(report.steps.filter((step) => step.outcome === "holds").length)));
  const root = place.querySelector(".root");
  root.hidden = report.steps[1]?.outcome !== "unsure" || !report.root;
  root.querySelector("code").textContent = report.root ?? "";
  document.querySelector("#warning")?.remove();
  if (failed && !isWithdrawn(failed)) warn(failed);
}

function verdict(report, failed) {
  const { saidValid, saidUnsure, saidInvalid, saidWithdrawn } = place.dataset;
  if (failed) return isWithdrawn(failed) ? saidWithdrawn : saidInvalid;
  return report.exit_code ? saidUnsure : saidValid;
}

/** Tell whether only the status fails, and the page says itself that the label does not count. */
function isWithdrawn(failed) {
  return failed.name === "status" && place.dataset.status !== "valid";
}

/** A proof that fails is said where everybody looks first. */
function warn(failed) {
  const words = `${place.dataset.saidInvalid} (${stepName(failed, place.dataset)}: `;
  const warning = element("p", words, { id: "warning", className: "notice" });
  warning.append(element("bdi", failed.detail, { lang: "en" }), ")");
  warning.setAttribute("role", "alert");
  document.querySelector("main").prepend(warning);
}

function say(words) {
  place.querySelector(".said").textContent = words;
}

place.hidden = false;
place.querySelector("button").addEventListener("click", check);
if (!navigator.connection?.saveData) (window.requestIdleCallback ?? setTimeout)(check);
