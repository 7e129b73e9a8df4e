// Passkeys: asks the service for a challenge, lets the browser answer it, and sends the answer as a plain form.
// What is said to people stands in the page, in its language.
"use strict";

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function described(list) {
  return (list ?? []).map((item) => ({ ...item, id: bytes(item.id) }));
}

async function created(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: described(options.excludeCredentials),
  };
  const made = await navigator.credentials.create({ publicKey });
  const { clientDataJSON, attestationObject } = made.response;
  return answer(made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject) });
}

async function shown(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    allowCredentials: described(options.allowCredentials),
  };
  const found = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature } = found.response;
  return answer(found, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
  });
}

function answer(credential, response) {
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function options(address) {
  const reply = await fetch(address, { method: "POST", headers: { Accept: "application/json" }, body: new FormData() });
  const found = await reply.json();
  if (!reply.ok) throw new Error([found.detail, found.hint].filter(Boolean).join(". "));
  return found;
}

function placeOf(form) {
  return form.querySelector(".passkey-problem");
}

function words(error, { nothing, held, elsewhere, missing, failed }) {
  if (error.name === "NotAllowedError") return nothing;
  if (error.name === "InvalidStateError") return held;
  if (error.name === "SecurityError") return `${elsewhere} ${missing}`;
  return error.message || failed;
}

function tell(form, message) {
  const place = placeOf(form);
  place.textContent = message;
  place.hidden = !message;
}

async function run(form) {
  const button = form.querySelector("button");
  tell(form, "");
  button.disabled = true;
  try {
    const asked = await options(form.dataset.options);
    form.elements.credential.value = await (form.dataset.passkey === "create" ? created(asked) : shown(asked));
    form.submit();
  } catch (error) {
    tell(form, words(error, placeOf(form).dataset));
    button.disabled = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    tell(form, placeOf(form).dataset.missing);
    form.querySelector("button").disabled = true;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run(form);
  });
}
