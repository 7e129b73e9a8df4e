/** What can be said of a scanned text: from the code alone, and from the bundle where it can be had. */
import { encode } from "../verify/canonical.js";
import { inspectBundle } from "../verify/bundle.js";
import { inspectCode } from "../verify/code.js";
import { gramsOf } from "../verify/credential.js";
import { utf8 } from "../verify/encoding.js";
import { pinnedRoots, presentTime } from "../verify/pinned.js";
import { codeText } from "../verify/qr.js";
import { openTrustList } from "../verify/trust_list.js";
import { addedSchemes } from "./added.js";

const LINK_ONLY = /^HTTPS?:\/\/[A-Z0-9.:-]{1,110}\/L\/[A-Z2-7]{13}$/;

/**
 * Judge a scanned text. The result has a `kind`:
 *
 * - `valid`: every step of the bundle holds; `proven`: all but what needs a pinned root or fresher lists;
 * - `signed`: the issuer's signature holds, nothing else could be checked; `open`: not even that;
 * - `link`: a link without a signed summary, whose bundle could not be had; `fails`: a step fails;
 * - `foreign`: not the code of a label at all.
 *
 * `trustLists` are the texts of the lists of this server; those of the schemes that the reader added stand behind them.
 * `scheme` of the result is the added one whose list was judged by; `key` tells labels apart, by issuer and id.
 */
export async function judged(given, trustLists) {
  const schemes = await addedSchemes();
  const roots = [...(await pinnedRoots()), ...schemes.map((item) => item.pinned)];
  const lists = [...trustLists, ...schemes.map((item) => item.list)];
  const isBundle = given.startsWith("{");
  const result = await (isBundle ? judgedBundle(given, roots, lists) : judgedCode(given, roots, lists));
  const vouching = schemes.find((item) => item.thumbprint === result.root);
  return { ...result, scheme: result.kind === "fails" ? undefined : vouching };
}

/** Judge the text of a bundle. */
async function judgedBundle(text, roots, trustLists) {
  const report = await inspectBundle(utf8(text), roots, presentTime(), { trustLists });
  const { content, root, steps } = report;
  if (!content) return { kind: "fails", text, steps };
  const link = addressOf(content);
  const key = keyOf(content.issuer.id, link);
  return { kind: kindOf(report, report), text, link, key, root, steps, facts: factsOfContent(content) };
}

async function judgedCode(given, roots, trustLists) {
  const text = codeText(given);
  const isLinkOnly = LINK_ONLY.test(text);
  const code = isLinkOnly ? undefined : await inspectCode(text, roots, presentTime(), trustLists);
  if (code && !code.code) {
    const isBroken = LINK_ONLY.test(text.split("#")[0]);
    return isBroken ? { kind: "fails", text, steps: code.steps } : { kind: "foreign", text: given, steps: [] };
  }
  const link = isLinkOnly ? text : code.code.link;
  const fetched = await bundleOf(link);
  const at = presentTime(); // after fetching, for lists in the bundle may have been signed just then
  const bundle = fetched && (await inspectBundle(fetched, roots, at, { trustLists: await sound(trustLists, roots, at) }));
  const report = bundle ? joinedReport(code, bundle) : code;
  return {
    kind: kindOf(report, bundle),
    text,
    link,
    key: keyOf(bundle?.content?.issuer.id ?? code?.issuer, link),
    root: report?.root,
    steps: report?.steps ?? [],
    facts: bundle?.content ? factsOfContent(bundle.content) : factsOfClaims(code?.code.claims),
  };
}

/** Give the lists whose signatures hold: a broken one is the fault of who sent it, and says nothing about a bundle. */
async function sound(trustLists, roots, at) {
  const opened = await Promise.allSettled(trustLists.map((text) => openTrustList(text, roots, at)));
  return trustLists.filter((_, place) => opened[place].status === "fulfilled");
}

/** Fetch the bundle of a label of this server; undefined without a network, or for labels of others. */
async function bundleOf(link) {
  try {
    if (new URL(link).origin !== location.origin) return undefined;
    const answer = await fetch(`/L/${link.slice(-13)}.json`);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}

/** Put the steps of code and bundle into one list, with one more: that both are about the same label. */
function joinedReport(code, bundle) {
  if (!code) return bundle;
  const own = code.steps.filter((step) => step.name === "code" || step.name === "code signature");
  const steps = [...own, ...bundle.steps];
  const { claims, link } = code.code;
  const isSame =
    bundle.content &&
    addressOf(bundle.content) === link &&
    (code.issuer ?? bundle.content.issuer.id) === bundle.content.issuer.id &&
    encode(claimsOfContent(bundle.content)) === encode(shownClaims(claims));
  if (!isSame) {
    steps.push({ name: "code and bundle", outcome: "fails", detail: "the code says something else than the label" });
  }
  return { steps, root: bundle.root };
}

function addressOf({ origin, label_id: labelId }) {
  return `${origin.toUpperCase()}/L/${labelId}`;
}

/** Two issuers may give one id to two labels; an issuer that is not known is told by its address alone. */
function keyOf(issuer = "", link) {
  return `${issuer} ${link.toUpperCase()}`;
}

/** The members that code and label both state; names are cut in a code. */
function shownClaims({ grade, score, median_g, low_g, high_g, year, valid_from, valid_until }) {
  return { grade, score, median_g, low_g, high_g, year, valid_from, valid_until };
}

function claimsOfContent(content) {
  const [median_g, low_g, high_g] = gramsOf(content.kgco2e);
  return shownClaims({ ...content, median_g, low_g, high_g });
}

function kindOf(report, bundle) {
  if (!report) return "link";
  const outcomes = report.steps.map((step) => step.outcome);
  if (outcomes.includes("fails")) return "fails";
  if (bundle) return outcomes.every((outcome) => outcome === "holds") ? "valid" : "proven";
  const signature = report.steps.find((step) => step.name === "code signature");
  const list = report.steps.find((step) => step.name === "trust list");
  return signature.outcome === "holds" && list.outcome === "holds" ? "signed" : "open";
}

/** The category is null where a label has none, and undefined where only a code is at hand. */
function factsOfContent(content) {
  const [medianG, lowG, highG] = gramsOf(content.kgco2e);
  const { name, grade, score, category = null, countries, year } = content;
  const maker = content.producer.name;
  const until = content.valid_until;
  return { name, maker, grade, score, category, country: countries[0], year, medianG, lowG, highG, until };
}

function factsOfClaims(claims) {
  if (!claims) return undefined;
  const { name, maker, grade, score, country, year, median_g: medianG, low_g: lowG, high_g: highG } = claims;
  return { name, maker, grade, score, country, year, medianG, lowG, highG, until: claims.valid_until };
}
