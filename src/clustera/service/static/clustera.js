// Everything works without this file; it saves clicks and waiting.

const themes = { light: "dark", dark: "light" };

function chosenTheme() {
  const set = document.documentElement.dataset.theme;
  return set || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function offerTheme() {
  const button = document.querySelector("[data-theme-button]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const next = themes[chosenTheme()];
    document.documentElement.dataset.theme = next;
    document.querySelector("meta[name=color-scheme]").content = next;
    document.cookie = `clustera_theme=${next};path=/;max-age=31536000;samesite=strict`;
  });
}

const SCROLL = "The table is wider than the page: scroll it to the right. →";
const PAUSE = 2000; // milliseconds after which somebody is not typing any more

// A form marked data-live shows its results while one types; the address keeps the state. Other forms keep a copy of
// its fields, which is always what stands in the field now. A button marked data-needs waits for results that have it.
function liveForms() {
  for (const form of document.querySelectorAll("form[data-live]")) {
    let timer = 0;
    let asked = null;
    const copyFields = () => {
      for (const field of form.elements) {
        const { name, value } = field;
        if (!name || !form.contains(field)) continue;
        for (const same of document.querySelectorAll(`main form:not([data-live]) input[type=hidden][name="${name}"]`)) same.value = value;
      }
    };
    const allow = (part) => {
      for (const button of document.querySelectorAll("[data-needs]")) button.disabled = !part.querySelector(`[data-has~=${button.dataset.needs}]`);
    };
    // What is wrong with a word that is still being typed is said when the field is left, or after a pause.
    const put = (page, address) => {
      const results = document.getElementById("results");
      results.replaceChildren(...page.getElementById("results").childNodes);
      results.classList.remove("waiting");
      document.querySelector("main > .same")?.replaceChildren(...(page.querySelector("main > .same")?.childNodes ?? []));
      history.replaceState(null, "", address);
      copyFields();
      document.dispatchEvent(new Event("results"));
    };
    let waiting = 0;
    let held = null;
    const showHeld = () => {
      clearTimeout(waiting);
      held?.();
      held = null;
    };
    form.addEventListener("change", showHeld);
    form.addEventListener("focusout", showHeld);
    const show = async (typing) => {
      const fields = [...new FormData(form)].filter(([name, value]) => value !== "" && form.querySelector(`[name="${name}"]`));
      const address = `${form.getAttribute("action")}?${new URLSearchParams(fields)}`;
      asked?.abort();
      asked = new AbortController();
      const results = document.getElementById("results");
      results.classList.add("waiting");
      try {
        const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
        if (!answer.ok) return location.assign(address);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        const part = page.getElementById("results");
        online(true);
        clearTimeout(waiting);
        held = null;
        allow(part);
        if (typing && part.querySelector("[data-unfinished]")) {
          held = () => put(page, address);
          waiting = setTimeout(showHeld, PAUSE);
        } else put(page, address);
      } catch (error) {
        if (error.name === "AbortError") return;
        results.classList.remove("waiting");
        online(false);
      }
    };
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      clearTimeout(waiting);
      asked?.abort();
      held = null;
      copyFields();
      document.getElementById("results").classList.add("waiting");
      const typing = event.target.type === "search";
      timer = setTimeout(() => show(typing), typing ? 200 : 0);
    });
    form.addEventListener("submit", (event) => {
      if (event.submitter?.formMethod === "post" || event.submitter?.hasAttribute("formaction")) return; // what stands in the fields is saved, or exported
      event.preventDefault();
      clearTimeout(timer);
      show(false);
    });
    allow(document);
    const line = form.querySelector("input[type=search]");
    if (line && line.value !== line.defaultValue) { // a browser fills the field again when somebody comes back
      copyFields();
      show(false);
    }
  }
}

export function online(reached) {
  let banner = document.querySelector(".offline");
  if (reached) return banner?.remove();
  if (banner) return;
  banner = document.createElement("p");
  banner.className = "offline";
  banner.setAttribute("role", "status");
  banner.textContent = "Clustera does not answer. Was it stopped? Start it again with clustera serve, and open its link.";
  document.body.append(banner);
}

// Files may be dropped anywhere on the box; while they travel, a bar says how far they are.
function dropBoxes() {
  for (const form of document.querySelectorAll("form[data-drop]")) {
    const box = form.querySelector(".drop");
    const input = form.querySelector("input[type=file]");
    const chosen = form.querySelector("[data-chosen]");
    const tell = () => {
      chosen.textContent = [...input.files].map((file) => file.name).join(", ");
      chosen.hidden = input.files.length < 2; // the field itself names a single one
    };
    input.addEventListener("change", tell);
    for (const kind of ["dragenter", "dragover"]) {
      box.addEventListener(kind, (event) => {
        event.preventDefault();
        box.classList.add("over");
      });
    }
    for (const kind of ["dragleave", "drop"]) box.addEventListener(kind, () => box.classList.remove("over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      input.files = event.dataTransfer.files;
      tell();
    });
  }
  for (const form of document.querySelectorAll("form[data-drop], form[data-send]")) {
    form.addEventListener("submit", (event) => {
      if (event.submitter?.formMethod === "get") return; // the page again, as it is filled in
      event.preventDefault();
      send(form);
    });
  }
}

// What is wrong stands beside the fields that it is about, and what was typed stays.
function showProblem(form, said) {
  clearProblem(form);
  const problem = form.querySelector("[data-problem]") ?? form.appendChild(document.createElement("p"));
  problem.dataset.problem = "";
  for (const one of (said.errors ?? []).toReversed()) mark(form, one, problem.cloneNode()).dataset.further = "";
  mark(form, said, problem).scrollIntoView({ block: "nearest" });
}

function mark(form, said, problem) {
  problem.setAttribute("role", "alert");
  problem.className = "small problem";
  problem.textContent = `${said.title} ${said.detail ?? ""}`.trim();
  problem.hidden = false;
  const field = said.field && form.elements.namedItem(said.field);
  if (!(field instanceof HTMLElement)) {
    if (!problem.isConnected) form.append(problem);
    return problem;
  }
  field.setAttribute("aria-invalid", "true");
  (field.closest("label") ?? field).append(problem);
  const fold = field.closest("details");
  if (fold) fold.open = true;
  field.focus();
  return problem;
}

function clearProblem(form) {
  for (const further of form.querySelectorAll("[data-further]")) further.remove();
  const problem = form.querySelector("[data-problem]");
  if (problem) problem.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

// A form that changes something is sent without leaving the page, so that a refusal costs nothing that was typed.
function postForms() {
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const own = form.matches("[data-drop], [data-send], [data-live]") || form.querySelector("input[type=password]");
    if (event.defaultPrevented || own || form.getAttribute("method") !== "post" || form.getAttribute("action") === "/logout") return;
    event.preventDefault();
    const buttons = form.querySelectorAll("button");
    const body = new URLSearchParams(new FormData(form, event.submitter));
    clearProblem(form);
    for (const button of buttons) button.disabled = true;
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { Accept: "application/json" } });
      online(true);
      if (answer.redirected) return location.assign(answer.url);
      const text = await answer.text();
      if (answer.headers.get("Content-Type")?.includes("json")) showProblem(form, JSON.parse(text));
      else showPage(text);
    } catch {
      online(false);
    }
    for (const button of buttons) button.disabled = false;
  });
}

// The answer of a form that is a page of its own: shown in place of this one, with its scripts.
function showPage(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const known = [...document.scripts].map(({ src }) => src);
  const further = [...page.scripts].map((script) => new URL(script.getAttribute("src"), location.href).href);
  document.title = page.title;
  document.body.replaceWith(page.body);
  document.dispatchEvent(new Event("page"));
  for (const src of further.filter((one) => !known.includes(one))) {
    document.head.append(Object.assign(document.createElement("script"), { type: "module", src }));
  }
  const said = document.querySelector("[aria-invalid=true], main [role=alert]:not([hidden]), main [role=status]:not([hidden])");
  said?.scrollIntoView({ block: "center" });
}

const megabytes = (bytes) => (bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

function send(form) {
  const bar = form.querySelector("[data-sending]");
  const told = form.querySelector("[data-sending-told]");
  const button = form.querySelector("button[type=submit]");
  const request = new XMLHttpRequest();
  const failed = (said) => {
    showProblem(form, said);
    bar.hidden = told.hidden = true;
    button.disabled = false;
  };
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    const said = told.dataset.sent.replace("{sent}", megabytes(event.loaded)).replace("{all}", megabytes(event.total));
    told.textContent = event.loaded < event.total ? said : told.dataset.received;
  });
  request.upload.addEventListener("load", () => {
    bar.removeAttribute("value"); // how long reading takes is not known
    told.textContent = told.dataset.received;
  });
  request.addEventListener("load", () => {
    if (request.status < 400) return location.assign(request.responseURL);
    failed(JSON.parse(request.responseText));
  });
  request.addEventListener("error", () => failed({ title: "The files could not be sent. Does Clustera still run?" }));
  request.open("POST", form.getAttribute("action"));
  request.setRequestHeader("Accept", "application/json");
  clearProblem(form);
  told.textContent = "";
  bar.value = 0;
  bar.hidden = told.hidden = false;
  button.disabled = true;
  request.send(new FormData(form));
}

// A job's page follows it by server-sent events, and is loaded again when it is over.
function followJob() {
  const job = document.querySelector("[data-job]");
  if (!job || ["done", "failed", "canceled"].includes(job.dataset.state)) return;
  const events = new EventSource(`/jobs/${job.dataset.job}/events`);
  events.addEventListener("progress", (event) => {
    online(true);
    const now = JSON.parse(event.data);
    if (now.state !== job.dataset.state) return location.reload();
    job.querySelector("progress").value = now.share;
    job.querySelector(".left-in-words").textContent = now.left;
    if (!now.cancel) job.querySelector(".step").textContent = now.step;
  });
  events.addEventListener("error", () => online(false));
}

// A new schedule runs in the time zone of whoever makes it.
function ownZone() {
  const field = document.querySelector("[data-zone]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field && zone && !field.dataset.zone) field.value = zone;
}

// Of the days of a schedule only those that go with its unit are offered.
function daysOfUnit() {
  const unit = document.querySelector("form.schedule select[name=every]");
  const day = document.querySelector("form.schedule select[name=on]");
  if (!unit || !day) return;
  const offer = () => {
    day.closest("label").hidden = unit.value === "day";
    for (const group of day.querySelectorAll("optgroup")) group.hidden = group.disabled = group.dataset.every !== unit.value;
    if (day.selectedOptions[0]?.parentElement.disabled || unit.value === "day") day.value = "";
  };
  unit.addEventListener("change", offer);
  offer();
}

// A table that is wider than its box says so, and can be scrolled with the keyboard.
function wideTables() {
  for (const box of document.querySelectorAll("main .wide")) {
    const hidden = box.scrollWidth - box.clientWidth > 2;
    const hint = box.previousElementSibling?.matches("[data-scroll-hint]") ? box.previousElementSibling : null;
    if (!hidden) {
      hint?.remove();
      continue;
    }
    if (!box.hasAttribute("tabindex")) Object.assign(box, { tabIndex: 0 }).setAttribute("role", "region");
    if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", box.querySelector("caption")?.textContent.trim() || SCROLL);
    if (!hint) box.before(Object.assign(document.createElement("p"), { className: "small scroll-hint", textContent: SCROLL }));
    box.previousElementSibling.dataset.scrollHint = "";
  }
}

// On a phone the parts that say how something was found are folded, so that a page is not many screens long.
function foldParts() {
  if (!matchMedia("(max-width: 640px)").matches) return;
  for (const part of document.querySelectorAll("main > section[data-fold]")) {
    const [title, ...rest] = part.children;
    const fold = document.createElement("details");
    const summary = document.createElement("summary");
    summary.append(title);
    fold.append(summary, ...rest);
    part.append(fold);
  }
  openAsked();
}

function openAsked() {
  const asked = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  const fold = asked?.closest("section[data-fold]")?.querySelector("details");
  if (!fold || fold.open) return;
  fold.open = true;
  asked.scrollIntoView();
}

// What each page needs, the first one and one that is shown in its place.
function startPage() {
  for (const start of [offerTheme, liveForms, foldParts, dropBoxes, wideTables, followJob, ownZone, daysOfUnit]) start();
}

startPage();
document.addEventListener("page", startPage);
addEventListener("hashchange", openAsked);
addEventListener("resize", wideTables);
document.addEventListener("results", wideTables);
document.addEventListener("toggle", wideTables, true);
postForms();
