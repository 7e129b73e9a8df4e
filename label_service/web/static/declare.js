// Drops files, keeps what is typed when sending fails, and shows the result while the maker types. Without this script
// every step is a button.
"use strict";

const WAIT_MS = 400;
const DRAFT = "batch";
let waiting = 0;
let asked = new AbortController();

const at = (id) => document.getElementById(id);

/** Gives a text of the page by its name; the page holds them, so that they are in its language. */
const word = (name) => document.querySelector(`#words [data-word="${name}"]`).textContent;

/** Says something beside the files, and to screen readers. */
function tell(text) {
  const progress = document.querySelector("#drop .progress");
  progress.hidden = !text;
  progress.textContent = text;
}

/** Gives what went wrong in words: sending broke off, the session ended, or what the service says. */
async function reasonOf(answer) {
  if (!answer) return word("broken-off");
  if (answer.status === 401) return word("ended");
  const problem = await answer.json().catch(() => ({}));
  return [problem.detail || word("not-taken"), problem.hint].filter(Boolean).join(". ");
}

async function sent(path, body, signal) {
  try {
    return await fetch(path, { method: "POST", body, signal });
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

/** Sends the form with its files; the page stays as it is until the answer is here in full, then goes on at a field. */
async function send(files, field = "files") {
  const body = new FormData(at("declare"));
  body.delete("files");
  for (const file of files) body.append("files", file);
  body.append("action", "read");
  if (files.length) tell(`${word("reading")} ${files.length}`);
  const answer = await sent("/declare", body);
  const text = answer?.headers.get("content-type")?.startsWith("text/html") ? await answer.text().catch(() => "") : "";
  if (!text) {
    tell(await reasonOf(answer));
    return;
  }
  const page = new DOMParser().parseFromString(text, "text/html");
  document.querySelector("main").replaceWith(page.querySelector("main"));
  begin();
  at(field).focus();
}

/** Asks for the result of what is typed now; an older question is dropped. */
async function preview() {
  asked.abort();
  asked = new AbortController();
  const result = at("result");
  const body = new FormData(at("declare"));
  body.delete("files");
  result.setAttribute("aria-busy", "true");
  try {
    const answer = await sent("/declare/result", body, asked.signal);
    const text = answer?.ok ? await answer.text() : "";
    if (answer?.ok) show(result, text);
    else warn(result, await reasonOf(answer));
  } catch {
    return; // a newer question is on its way
  }
  result.removeAttribute("aria-busy");
}

function show(result, text) {
  const hadFocus = result.contains(document.activeElement);
  result.innerHTML = text;
  if (hadFocus) at("declare-now")?.focus();
  settle(result.querySelector("[data-open]")?.dataset.open.split(" ") ?? []);
  at("said").textContent = result.querySelector(".now span, ul, p")?.textContent ?? "";
}

/** Takes the mark off fields that were open and are answered now. */
function settle(open) {
  for (const ask of document.querySelectorAll(".ask.open")) {
    const field = ask.querySelector("input, select");
    if (open.includes(field.name)) continue;
    ask.classList.remove("open");
    ask.querySelector(".problem")?.remove();
    for (const marked of [ask, field]) {
      marked.removeAttribute("aria-invalid");
      marked.removeAttribute("aria-describedby");
    }
  }
}

/** Says why the result is not that of what is typed; the old one goes away. */
function warn(result, words) {
  const notice = document.createElement("p");
  notice.className = "notice";
  notice.setAttribute("role", "alert");
  notice.textContent = `${words} `;
  if (words === word("ended")) {
    const link = document.createElement("a");
    Object.assign(link, { href: "/sign-in", target: "_blank", textContent: word("sign-in") });
    notice.append(link);
  }
  result.replaceChildren(notice);
}

/** Keeps what was typed in this tab, for a reload, a crash or an ended session; never the files themselves. */
function keep() {
  const fields = [...new FormData(at("declare"))].filter(([, text]) => typeof text === "string");
  if (fields.length > 1) sessionStorage.setItem(DRAFT, JSON.stringify(fields));
}

/** Offers to go on with a batch that was begun in this tab. */
function offer() {
  const draft = sessionStorage.getItem(DRAFT);
  if (!draft || at("result")) return;
  const notice = document.createElement("p");
  notice.className = "notice";
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: word("go-on") });
  button.addEventListener("click", () => goOn(JSON.parse(draft)));
  notice.append(button);
  at("declare").before(notice);
}

function goOn(fields) {
  const form = at("declare");
  form.querySelectorAll('input[type="hidden"]').forEach((input) => input.remove());
  for (const [name, value] of [...fields, ["action", "read"]]) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  form.submit();
}

function typed(event) {
  if (!at("result") || event.target === at("files") || !event.target.closest("#declare")) return;
  keep();
  clearTimeout(waiting);
  waiting = setTimeout(preview, WAIT_MS);
}

/** The time zone of this browser is offered where a file needs one; the maker sees it and can change it. */
function begin() {
  for (const input of document.querySelectorAll('input[name^="zone:"]')) {
    input.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
  for (const note of document.querySelectorAll(".live")) note.hidden = false;
  if (at("result")) keep();
  else offer();
}

const zoneOf = (event) => event.target.closest?.("#drop");

document.addEventListener("dragover", (event) => {
  if (!zoneOf(event)) return;
  event.preventDefault();
  zoneOf(event).classList.add("over");
});
document.addEventListener("dragleave", (event) => zoneOf(event)?.classList.remove("over"));
document.addEventListener("drop", (event) => {
  if (!zoneOf(event)) return;
  event.preventDefault();
  zoneOf(event).classList.remove("over");
  if (event.dataTransfer.files.length) send([...event.dataTransfer.files]);
});
document.addEventListener("change", (event) => {
  if (event.target === at("files") && event.target.files.length) send([...event.target.files]);
  if (event.target === at("variant")) send([], "variant");
});
document.addEventListener("submit", (event) => {
  if (event.submitter?.id === "declare-now") sessionStorage.removeItem(DRAFT);
});
document.addEventListener("input", typed);
begin();
