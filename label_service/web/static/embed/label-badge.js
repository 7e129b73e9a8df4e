/**
 * `<label-badge src="https://labels.example/L/ID" root="THUMBPRINT">` for pages of shops: fetches the bundle of a label,
 * verifies it in the visitor's browser and shows grade and state. What stands inside the element is shown until then,
 * and wherever it cannot be checked. It sets nothing, keeps nothing and asks nobody but the label's own service.
 */
import { element } from "../steps.js";

const ADDRESS = /^https?:\/\/[^/?#@\s]+\/L\/[A-Z2-7]{13}$/;
const LETTERS = ["A", "B", "C", "D", "E"];
const STYLE = [
  ":host { display: inline-block; max-width: 100%; }",
  ".badge { box-sizing: border-box; display: flex; gap: 12px; align-items: center; width: 300px; max-width: 100%; min-height: 84px; padding: 8px 10px; border: 2px solid #1b1f23; border-radius: 6px; background: #fff; color: #1b1f23; font: 13px/1.35 system-ui, sans-serif; text-decoration: none; text-align: start; }",
  ".badge:focus-visible { outline: 3px solid #0b5394; outline-offset: 2px; }",
  ".void, .fails { border-style: dashed; }",
  ".scale { flex: none; display: flex; align-items: flex-end; gap: 3px; font-weight: 700; }",
  ".scale span { display: grid; place-items: center; width: 15px; height: 22px; border-radius: 2px; background: var(--hue); color: var(--on); }",
  ".scale .is { width: 38px; height: 44px; font-size: 32px; outline: 2px solid #1b1f23; }",
  ".void .scale span { --hue: #b9bcbf !important; --on: #000 !important; }",
  ".void .is { text-decoration: line-through #9c1c1c 4px; }",
  ".a { --hue: #00703c; --on: #fff; } .b { --hue: #7fb635; --on: #000; } .c { --hue: #f5c400; --on: #000; }",
  ".d { --hue: #ef8b2c; --on: #000; } .e { --hue: #c5281c; --on: #fff; }",
  ".by { display: block; overflow-wrap: anywhere; }",
  ".said { display: block; } .valid .said::before { content: '✓ '; color: #0a6640; } .proven .said::before { content: '? '; }",
  ".void .said::before, .fails .said::before { content: '✗ '; color: #9c1c1c; }",
  ".demo { display: block; background: #ffd500; color: #000; font-weight: 700; padding: 0 4px; }",
  ".unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }",
].join("\n");
const kits = new Map(); // words and verifier by their address, fetched once for all badges of a page

class LabelBadge extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    this.attachShadow({ mode: "open" }).append(element("slot", ""));
    this.shadowRoot.adoptedStyleSheets = [sheet];
    new IntersectionObserver((entries, observer) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      this.check();
    }).observe(this);
  }

  /** Check the label and show what came out; what stands inside stays where that is impossible. */
  async check() {
    const address = this.getAttribute("src") ?? "";
    if (!ADDRESS.test(address)) return;
    try {
      const language = languageOf(this);
      const { words, verifier } = await kitOf(new URL(address).origin, language);
      if (!(await verifier.canVerify())) return;
      const data = new Uint8Array(await (await got(`${address}.json`)).arrayBuffer());
      const roots = await rootsOf(new URL(address).origin, this.getAttribute("root"), verifier);
      const report = await verifier.inspectBundle(data, roots, verifier.presentTime());
      this.shadowRoot.replaceChildren(badge(address, report, words, language));
    } catch {
      this.shadowRoot.replaceChildren(element("slot", ""));
    }
  }
}

/** Fetch from the label's service without credentials, and without telling it which page asks. */
async function got(address) {
  const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

function kitOf(origin, language) {
  const address = `${origin}/embed/words.json?lang=${language}`;
  if (!kits.has(address)) kits.set(address, fetchedKit(origin, address));
  return kits.get(address);
}

async function fetchedKit(origin, address) {
  const words = await (await got(address)).json();
  return { words, verifier: await import(origin + words.verifier) };
}

/** Give the root that the page pins by its thumbprint; none where it pins none, or the service names another. */
async function rootsOf(origin, pinned, verifier) {
  if (!pinned) return [];
  const root = await verifier.readRoot(await (await got(`${origin}/root.pub`)).text());
  return root.thumbprint === pinned ? [root] : [];
}

function languageOf(place) {
  const named = place.closest("[lang]")?.lang || document.documentElement.lang || navigator.language;
  return /^[a-z]{2}/.exec(named.toLowerCase())?.[0] ?? "en";
}

function kindOf(address, { steps, content }) {
  if (content && content.label_id !== address.slice(-13)) return "fails";
  const failed = steps.find((step) => step.outcome === "fails");
  if (failed) return failed.name === "status" ? "void" : "fails";
  return steps.every((step) => step.outcome === "holds") ? "valid" : "proven";
}

function badge(address, report, words, language) {
  const kind = kindOf(address, report);
  const link = element("a", "", { href: address, target: "_blank", rel: "noopener", className: `badge ${kind}` });
  const told = element("span", "");
  if (kind !== "fails") {
    link.append(scaleOf(report.content.grade, words));
    told.append(element("b", `${figureOf(report.content, language)} ${words.item}`));
    told.append(element("span", `${words.verified} ${report.content.auditor.name}`, { className: "by" }));
  }
  told.append(element("span", words[kind], { className: "said" }));
  if (report.content?.demo) told.append(element("span", words.demo, { className: "demo" }));
  link.append(told);
  return link;
}

function scaleOf(grade, words) {
  const scale = element("span", "", { className: "scale" });
  scale.append(element("span", `${words.grade} ${grade}. ${words.scale}. `, { className: "unseen" }));
  for (const letter of LETTERS) {
    const is = letter === grade ? " is" : "";
    scale.append(element("span", letter, { className: letter.toLowerCase() + is, ariaHidden: "true" }));
  }
  return scale;
}

function figureOf({ kgco2e }, language) {
  const isSmall = Number(kgco2e.p95) < 1;
  const value = Number(kgco2e.median) * (isSmall ? 1000 : 1);
  return `${new Intl.NumberFormat(language, { maximumSignificantDigits: 3 }).format(value)} ${isSmall ? "g" : "kg"} CO₂e`;
}

if (!customElements.get("label-badge")) customElements.define("label-badge", LabelBadge);
