// Dropping files on the page: fills the file field and sends the form. Without this script the field works by itself.
"use strict";

const form = document.getElementById("declare");
const zone = document.getElementById("drop");
const field = document.getElementById("files");
const progress = zone.querySelector(".progress");

function send(files) {
  const carrier = new DataTransfer();
  for (const file of files) carrier.items.add(file);
  field.files = carrier.files;
  progress.hidden = false;
  progress.textContent = `Reading ${files.length} ${files.length === 1 ? "file" : "files"} …`;
  form.requestSubmit(zone.querySelector("button"));
}

zone.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  if (event.dataTransfer.files.length) send(event.dataTransfer.files);
});
field.addEventListener("change", () => {
  if (field.files.length) send([...field.files]);
});
// The time zone of this browser is offered where a file needs one; the maker sees it and can change it.
for (const input of document.querySelectorAll('input[name^="zone:"]')) {
  input.value ||= Intl.DateTimeFormat().resolvedOptions().timeZone;
}
