/**
 * The scanner: reads a code by camera, photo or text, and says what can be known about the label, with or without a
 * network. The trust list is kept by the service worker, so that a scan in flight mode verifies.
 */
import { isClockWrong } from "./clock.js";
import { Camera } from "./scan/camera.js";
import { card, comparison, word } from "./scan/cards.js";
import { codeIn } from "./scan/reader.js";
import { pinCompared, readForComparing, showRoots } from "./scan/roots.js";
import { addGiven, showSchemes } from "./scan/schemes.js";
import { judged } from "./scan/verdict.js";
import { LabelServiceError } from "./verify/errors.js";
import { canVerify } from "./verify/keys.js";

const $ = (selector) => document.querySelector(selector);
const scanned = []; // newest last; two labels are compared
const camera = new Camera($("#camera"), (text) => {
  showCamera();
  judge(text);
});
let rootText = "";

function say(name, detail = "") {
  $("#said").textContent = name && word(name) + (detail && ` (${detail})`);
}

/** Judge a text and show its card, with the one before where both are labels. */
async function judge(text) {
  say("checking");
  if (!(await canVerify())) {
    say("browser-unable");
    return;
  }
  const result = await judged(text, await trustLists());
  say("");
  const place = scanned.findIndex((item) => item.key && item.key === result.key);
  if (place >= 0) scanned.splice(place, 1);
  scanned.push(result);
  const shown = scanned.slice(-2).reverse();
  $("#results").replaceChildren(...shown.map(card));
  const isPair = shown.length === 2 && shown.every((item) => item.facts && item.kind !== "fails");
  $("#comparison").replaceChildren(...(isPair ? [comparison([...shown].reverse())] : []));
  $("#results").firstChild.scrollIntoView({ block: "nearest" });
}

/** Give the texts of the trust lists at hand: the newest of this server, kept or fetched. */
async function trustLists() {
  try {
    const answer = await fetch("/trust-list.jwt");
    $("#clock").hidden = !navigator.onLine || !isClockWrong(answer); // what was kept says the time of then
    return answer.ok ? [await answer.text()] : [];
  } catch {
    return [];
  }
}

async function startCamera() {
  say("");
  try {
    showCamera(true);
    await camera.start();
  } catch (error) {
    camera.stop();
    showCamera();
    const known = { NotAllowedError: "camera-denied", NotFoundError: "camera-none", NotReadableError: "camera-busy" };
    say(known[error.name] ?? "camera-none", known[error.name] ? "" : error.message);
  }
}

function showCamera(isOn = false) {
  $("#start").hidden = isOn;
  $("#stop").hidden = !isOn;
}

async function readPhoto(file) {
  if (!file) return;
  say("looking");
  try {
    const picture = await createImageBitmap(file);
    const text = await codeIn(picture, picture.width, picture.height);
    if (text) await judge(text);
    else say("photo-without");
  } catch {
    say("photo-unreadable");
  }
}

/** Show a root for comparing: the one of this server, or one from a file of the reader. */
async function offerRoot(text) {
  const box = $("#offered");
  try {
    const root = await readForComparing(text);
    rootText = text;
    box.hidden = !root;
    if (!root) return;
    $("#offered-name").textContent = root.name;
    $("#offered-thumbprint").textContent = root.thumbprint;
  } catch (error) {
    if (!(error instanceof LabelServiceError)) throw error;
    box.hidden = true;
    $("#pin-said").textContent = `${word("no-root-file")} (${error.message})`;
  }
}

async function offerOwnRoot() {
  const answer = await fetch("/root.pub").catch(() => undefined);
  if (answer?.ok) await offerRoot(await answer.text());
}

async function pin() {
  const isPinned = await pinCompared(rootText, $("#compared").value);
  $("#pin-said").textContent = word(isPinned ? "pinned" : "not-compared");
  if (isPinned) await rootsChanged();
}

/** Show the roots, and judge again what was scanned last. */
async function rootsChanged() {
  await showTrusted();
  if (rootText) await offerRoot(rootText);
  const last = scanned.at(-1);
  if (last) await judge(last.text);
}

async function showTrusted() {
  await showRoots($("#pinned"), rootsChanged);
  await showSchemes($("#added"), rootsChanged);
}

function wire() {
  $("#start").addEventListener("click", startCamera);
  $("#stop").addEventListener("click", () => {
    camera.stop();
    showCamera();
  });
  $("#photo").addEventListener("change", (event) => readPhoto(event.target.files[0]));
  $("#typed").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("#text").value.trim();
    if (text) judge(text);
  });
  $("#label-file").addEventListener("change", async (event) => judge((await event.target.files[0].text()).trim()));
  $("#add").addEventListener("submit", (event) => {
    event.preventDefault();
    addGiven($("#add"), $("#add-said"), rootsChanged);
  });
  $("#root-file").addEventListener("change", async (event) => offerRoot(await event.target.files[0].text()));
  $("#pin").addEventListener("submit", (event) => {
    event.preventDefault();
    pin();
  });
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && camera.stream) {
      camera.stop();
      showCamera();
    }
  });
}

function showNetwork() {
  $("#network").hidden = navigator.onLine;
}

wire();
showNetwork();
showTrusted();
offerOwnRoot();
$("#plain").hidden = true;
$("#scanner").hidden = false;
navigator.serviceWorker?.register("/scan-worker.js", { scope: "/scan" }).catch(() => undefined);
