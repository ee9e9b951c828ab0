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
      const address = `${form.action}?${new URLSearchParams(fields)}`;
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
  banner.textContent = "Clustera does not answer. Was it stopped? Start `clustera serve` again and open its link.";
  document.body.append(banner);
}

offerTheme();
liveForms();
