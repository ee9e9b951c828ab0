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

// A form marked data-live shows its results while one types; the address keeps the state.
function liveForms() {
  for (const form of document.querySelectorAll("form[data-live]")) {
    let timer = 0;
    let asked = null;
    const show = async () => {
      const fields = [...new FormData(form)].filter(([, value]) => value !== "");
      const address = `${form.getAttribute("action")}?${new URLSearchParams(fields)}`;
      asked?.abort();
      asked = new AbortController();
      const results = document.getElementById("results");
      results.classList.add("waiting");
      try {
        const answer = await fetch(address, { signal: asked.signal, headers: { Accept: "text/html" } });
        if (!answer.ok) return location.assign(address);
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        results.replaceChildren(...page.getElementById("results").childNodes);
        history.replaceState(null, "", address);
        results.classList.remove("waiting");
        online(true);
      } catch (error) {
        if (error.name === "AbortError") return;
        results.classList.remove("waiting");
        online(false);
      }
    };
    form.addEventListener("input", (event) => {
      clearTimeout(timer);
      timer = setTimeout(show, event.target.type === "search" ? 200 : 0);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      show();
    });
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

offerTheme();
liveForms();

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
      event.preventDefault();
      send(form);
    });
  }
}

const megabytes = (bytes) => (bytes / 1048576).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });

function send(form) {
  const bar = form.querySelector("[data-sending]");
  const told = form.querySelector("[data-sending-told]");
  const problem = form.querySelector("[data-problem]");
  const button = form.querySelector("button[type=submit]");
  const request = new XMLHttpRequest();
  const failed = (text) => {
    problem.textContent = text;
    problem.hidden = false;
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
    const said = JSON.parse(request.responseText);
    failed(`${said.title} ${said.detail}`);
  });
  request.addEventListener("error", () => failed("The files could not be sent. Does Clustera still run?"));
  request.open("POST", form.getAttribute("action"));
  request.setRequestHeader("Accept", "application/json");
  problem.hidden = true;
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

dropBoxes();
followJob();
ownZone();
