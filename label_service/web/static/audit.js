// The auditor's browser: makes keys that cannot be taken out, shows what is signed, signs it, and keeps hash chains.
import { base64url, fromBase64url, fromHex, fromUtf8, hex, utf8 } from "./verify/encoding.js";

const DATABASE = "label-service-auditor";
const LEADING = ["kind", "credentialSubject", "text", "findings", "reason", "subject", "validFrom", "validUntil"];
const ALGORITHM = "Ed25519";
/** Give a text of the page by its name; the page holds them, so that they are in its language. */
const word = (name) => document.querySelector(`#words [data-word="${name}"]`).textContent;

/** Open the database of this browser in which keys and chains stay. */
function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("keys", { keyPath: "thumbprint" });
      request.result.createObjectStore("chains", { keyPath: "commitment" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Run one step in a store, and give its result once it is written. */
async function inStore(name, mode, act) {
  const database = await opened();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode);
    const request = act(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

const kept = (name, key) => inStore(name, "readonly", (store) => store.get(key));
const keep = (name, item) => inStore(name, "readwrite", (store) => store.put(item));

async function sha256(data) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** Give the RFC 7638 thumbprint of a public key. */
async function thumbprintOf(raw) {
  return base64url(await sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${base64url(raw)}"}`)));
}

/** Make a key whose private half no program can read, and put its public half into the form. */
async function makeKey(form) {
  await navigator.storage?.persist?.();
  const pair = await crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const raw = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  await keep("keys", { thumbprint: await thumbprintOf(raw), privateKey: pair.privateKey });
  form.elements.public_key.value = base64url(raw);
}

/** Sign what the page shows, with the key it names. */
async function sign(form) {
  const key = await kept("keys", form.dataset.sign);
  if (!key) throw new Error(word("missing-key"));
  const input = shownBytes();
  const signature = await crypto.subtle.sign(ALGORITHM, key.privateKey, utf8(input));
  form.elements.token.value = `${input}.${base64url(new Uint8Array(signature))}`;
}

function shownBytes() {
  return document.querySelector("[data-bytes]").textContent.trim();
}

/** Show what the bytes say, decoded here: whoever serves the page cannot show one thing and have another signed. */
function showDecoded(place) {
  const payload = JSON.parse(fromUtf8(fromBase64url(shownBytes().split(".")[1])));
  place.replaceChildren(drawn(payload));
}

/** What matters most is shown first. */
function rank(name) {
  const at = LEADING.indexOf(name);
  return at < 0 ? LEADING.length : at;
}

function element(name, ...content) {
  const made = document.createElement(name);
  made.append(...content);
  return made;
}

function drawn(value) {
  if (Array.isArray(value)) {
    return value.length ? element("ul", ...value.map((item) => element("li", drawn(item)))) : "none";
  }
  if (value !== null && typeof value === "object") {
    const pairs = Object.entries(value).sort(([left], [right]) => rank(left) - rank(right));
    return element("dl", ...pairs.map(([name, item]) => element("div", element("dt", name), element("dd", drawn(item)))));
  }
  const text = element("bdi", String(value));
  text.className = "typed";
  return text;
}

async function hashed(value, times) {
  let found = value;
  for (let count = 0; count < times; count += 1) found = await sha256(found);
  return found;
}

/** Make the hash chain of a scope, keep it here, and hand its file to the auditor. */
async function makeChain(form) {
  const weeks = Number(form.elements.chain_weeks.value);
  if (!Number.isInteger(weeks) || weeks < 1 || weeks > 520) throw new Error(word("wrong-weeks"));
  const seed = crypto.getRandomValues(new Uint8Array(32));
  const chain = { commitment: hex(await hashed(seed, weeks)), seed: hex(seed), weeks };
  await keep("chains", chain);
  form.elements.chain_commitment.value = chain.commitment;
  download(chain);
}

/** Give the file of a chain, as `label-service sample reveal` reads it. */
function download(chain) {
  const { commitment, seed, weeks } = chain;
  const document_ = `{"commitment":"${commitment}","seed":"${seed}","type":"chain","version":"1","weeks":${weeks}}\n`;
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([document_], { type: "application/json" }));
  link.download = `chain-${commitment.slice(0, 12)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Keep the chain of a file, if it is whole. */
async function takeChain(field) {
  const chain = JSON.parse(await field.files[0].text());
  const isShaped = /^[0-9a-f]{64}$/.test(chain.seed) && Number.isInteger(chain.weeks) && chain.weeks <= 520;
  if (!isShaped || hex(await hashed(fromHex(chain.seed), chain.weeks)) !== chain.commitment) {
    throw new Error(word("no-chain"));
  }
  await keep("chains", { commitment: chain.commitment, seed: chain.seed, weeks: chain.weeks });
  await listChains();
}

/** Put the value of a week into the form that reveals it; later weeks stay secret. */
async function reveal(form) {
  if (form.elements.value.value.trim()) return;
  const chain = await kept("chains", form.dataset.reveal);
  if (!chain) throw new Error(word("missing-chain"));
  const number = Number(form.dataset.number);
  const value = await hashed(fromHex(chain.seed), chain.weeks - number);
  if (hex(await hashed(value, number)) !== form.dataset.reveal) throw new Error(word("missing-chain"));
  form.elements.value.value = hex(value);
}

async function listChains() {
  const list = document.querySelector("[data-chains]");
  const chains = await inStore("chains", "readonly", (store) => store.getAll());
  if (!list || !chains.length) return;
  list.replaceChildren(...chains.map(chainLine));
}

function chainLine(chain) {
  const button = element("button", word("save"));
  button.addEventListener("click", () => download(chain));
  const name = element("span", chain.commitment);
  name.className = "id small";
  return element("li", `${word("weeks")} ${chain.weeks} `, name, " ", button);
}

/** Do something before a form is sent, and send it only if it worked. */
function before(selector, act) {
  for (const form of document.querySelectorAll(selector)) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await trying(form, async () => {
        await act(form);
        form.submit();
      });
    });
  }
}

/** Do something, and say beside it what went wrong. */
async function trying(place, act) {
  const problem = place.closest("fieldset, form, section").querySelector("[data-problem]");
  problem.hidden = true;
  try {
    await act();
  } catch (error) {
    problem.textContent = error.message || String(error);
    problem.hidden = false;
  }
}

async function markOwnKeys() {
  for (const place of document.querySelectorAll("[data-here]")) {
    place.hidden = !(await kept("keys", place.dataset.here));
  }
  for (const choice of document.querySelectorAll("select[name=key]")) {
    const own = await Promise.all([...choice.options].map((option) => kept("keys", option.value)));
    const at = own.findIndex(Boolean);
    if (at >= 0) choice.selectedIndex = at;
  }
}

if (globalThis.crypto?.subtle && globalThis.indexedDB) {
  for (const part of document.querySelectorAll("[data-needs-script]")) part.hidden = false;
  for (const place of document.querySelectorAll("[data-decoded]")) showDecoded(place);
  before("form[data-make-key]", makeKey);
  before("form[data-sign]", sign);
  before("form[data-reveal]", reveal);
  for (const button of document.querySelectorAll("[data-make-chain]")) {
    button.addEventListener("click", () => trying(button, () => makeChain(button.form)));
  }
  for (const field of document.querySelectorAll("[data-take-chain]")) {
    field.addEventListener("change", () => trying(field.closest("section"), () => takeChain(field)));
  }
  markOwnKeys();
  listChains();
}
