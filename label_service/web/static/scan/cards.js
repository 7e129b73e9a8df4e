/** Shows what was scanned: a card for each label, and two of one category side by side. */
import { element, showSteps, stepName } from "../steps.js";

/** Give a sentence of the page by its name; the page holds them, so that they are translated with it. */
export function word(name) {
  return document.querySelector(`#words [data-word="${name}"]`)?.textContent ?? name;
}

/** Make the card of a judged text. */
export function card(judged) {
  const article = element("article", "", { className: `card ${judged.kind}` });
  article.append(element("p", word(`verdict-${judged.kind}`), { className: "said" }));
  const failed = judged.steps.find((step) => step.outcome === "fails");
  if (failed) article.append(failure(failed));
  if (judged.facts) article.append(facts(judged.facts, Boolean(failed)));
  if (judged.scheme) article.append(vouching(judged.scheme));
  if (judged.kind === "foreign") article.append(element("code", judged.text.slice(0, 300)));
  if (judged.link) article.append(page(judged.link));
  if (judged.steps.length) article.append(details(judged));
  return article;
}

/** Make the comparison of two labels: figures side by side where that means something. */
export function comparison([first, second]) {
  const section = element("section", "", { className: "compared" });
  section.append(element("h2", word("compared")));
  const [left, right] = [first.facts, second.facts];
  const isKnown = left.category !== undefined && right.category !== undefined;
  const isSame = isKnown && left.category !== null && left.category === right.category;
  section.append(element("p", word(isSame ? "same-category" : isKnown ? "other-category" : "unknown-category")));
  const table = element("table", "");
  for (const [name, show] of [
    ["product", (item) => item.name],
    ["maker", (item) => item.maker],
    ["figure", figureOf],
    ["range", (item) => `${kilograms(item.lowG)} – ${kilograms(item.highG)}`],
    ...(isKnown && !isSame ? [] : [["grade", (item) => item.grade], ["score", (item) => `${item.score} %`]]),
  ]) {
    const row = table.insertRow();
    row.append(element("th", word(`name-${name}`), { scope: "row" }), cell(show(left)), cell(show(right)));
  }
  section.append(table);
  return section;
}

/** Say which of the schemes that the reader added stands behind a label, or would if its list still counted. */
function vouching({ name, isFresh }) {
  const said = element("p", `${word(isFresh ? "vouched" : "vouched-late")} `, { className: isFresh ? "scheme" : "notice" });
  said.append(element("strong", name, { dir: "auto" }));
  return said;
}

function failure(step) {
  const notice = element("p", `${stepName(step, words())}: `, { className: "notice" });
  notice.append(element("bdi", step.detail, { lang: "en" }));
  return notice;
}

/** Give the words of the page for steps and their outcomes. */
function words() {
  return {
    holds: word("holds"),
    fails: word("fails"),
    unsure: word("unsure"),
    unchecked: word("unchecked"),
    stepNames: word("step-names"),
  };
}

function facts(shown, isVoid) {
  const box = element("div", "", { className: `scanned${isVoid ? " void" : ""}` });
  const letter = element("b", shown.grade, { className: `letter ${shown.grade.toLowerCase()}` });
  const text = element("div", "");
  text.append(
    element("p", "", {}),
    element("p", `${figureOf(shown)} (${kilograms(shown.lowG)} – ${kilograms(shown.highG)})`),
    element("p", `${word("until")} ${day(shown.until)} · ${shown.country} ${shown.year}`, { className: "small" }),
  );
  text.firstChild.append(element("strong", shown.name, { dir: "auto" }), " – ", element("bdi", shown.maker));
  box.append(letter, text);
  return box;
}

function page(link) {
  const address = link.toLowerCase().replace(/\/l\/[a-z2-7]{13}$/, "") + link.slice(-16);
  const paragraph = element("p", `${word("page")} `);
  paragraph.append(element("a", address, { href: address, rel: "noopener nofollow" }));
  return paragraph;
}

function details(judged) {
  const box = element("details", "");
  const list = element("ol", "", { className: "steps" });
  showSteps(list, judged, words());
  box.append(element("summary", word("steps")), list);
  return box;
}

function cell(text) {
  const made = element("td", "");
  made.append(element("bdi", text));
  return made;
}

function figureOf(shown) {
  return `${kilograms(shown.medianG)} kg CO₂e`;
}

function kilograms(grams) {
  return new Intl.NumberFormat(language(), { maximumSignificantDigits: 3 }).format(grams / 1000);
}

/** Give the day of a timestamp as the language of the page writes it. */
export function day(timestamp) {
  return new Intl.DateTimeFormat(language(), { dateStyle: "long", timeZone: "UTC" }).format(new Date(timestamp));
}

function language() {
  return document.documentElement.lang || "en";
}
