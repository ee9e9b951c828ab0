// Completes the line of an audience: columns, comparisons, values, segments, audiences. Without it the line works as well.

const TOKEN = /"(?:[^"]|"")*"?|[\p{L}_][\p{L}\p{N}_.]*|\d[\d.\-]*|[<>=]+|[(),]/gu;
const JOINERS = ["and", "or"];
const BEGINNINGS = ["in audience", "not in audience", "moved from", "everyone", "not ("];

const ENDS = ["missing", "true", "false", "ago", "days", "weeks"];

const isBeginning = (word) => word === undefined || ["and", "or", "not", "("].includes(word);
const bare = (text) => text.toLowerCase().replace(/^"|"$/g, "");

// What may stand after these words; nothing where it is a number, a day or a text that only the writer knows.
function expected(before, words) {
  const plain = (texts) => texts.map((text) => ({ text, said: "" }));
  const lower = before.map((word) => word.toLowerCase());
  const [third, second, last] = [lower.at(-3), lower.at(-2), lower.at(-1)];
  const open = lower.filter((word) => word === "(").length - lower.filter((word) => word === ")").length;
  const after = plain(open > 0 ? ["and", "or", ")"] : JOINERS);
  if (last === "and" && third === "between") return [];
  if (!last || JOINERS.includes(last) || (last === "not" && (!second || JOINERS.includes(second))) || (last === "(" && second !== "in")) {
    return [...words.columns.map((column) => ({ text: column.name, said: column.title })), ...plain(BEGINNINGS)];
  }
  if (last === "audience") return plain(words.audiences);
  if (second === "audience" || last === "everyone") return after;
  if (second === "moved" || (last === "to" && lower.includes("moved"))) return plain(words.segments);
  if (third === "moved") return [...plain(["to"]), ...after];
  const names = words.columns.map((column) => bare(column.name));
  const place = before.findLastIndex((word, i) => names.includes(bare(word)) && isBeginning(lower[i - 1]));
  if (place < 0) return after;
  const column = words.columns[names.indexOf(bare(before[place]))];
  const since = lower.slice(place + 1);
  if (!since.length) return plain(words.comparisons[column.kind]);
  if (since.includes("(") && !since.includes(")")) {
    return plain(["(", ","].includes(last) ? column.values : [",", ")"]);
  }
  if (last === "is") return plain([...column.values, "not", "missing"]);
  if (last === "not") return plain([...column.values, "missing"]);
  if (/^\d/.test(last)) {
    if (since.includes("than")) return plain(["days ago", "weeks ago"]);
    if (since.includes("last") || since.includes("next")) return plain(["days", "weeks"]);
    return since.includes("between") && since.length === 2 ? plain(["and"]) : after;
  }
  return ['"', ")"].includes(last.at(-1)) || ENDS.includes(last) ? after : [];
}

// The words before the cursor, and the one that is being typed.
function readLine(line) {
  const found = [...line.matchAll(TOKEN)];
  const last = found.at(-1);
  const typing = last && last.index + last[0].length === line.length && !/[),]$/.test(last[0]) && !/^".*"$/.test(last[0]);
  const typed = typing && last[0] !== "(" ? last[0] : "";
  return { before: (typed ? found.slice(0, -1) : found).map((token) => token[0]), typed };
}

export function completions(line, words) {
  const { before, typed } = readLine(line);
  const wanted = bare(typed);
  const options = expected(before, words);
  return options
    .filter(({ text, said }) => !wanted || bare(text).includes(wanted) || said.toLowerCase().includes(wanted))
    .filter(({ text }) => text !== typed)
    .sort((a, b) => (wanted ? bare(b.text).startsWith(wanted) - bare(a.text).startsWith(wanted) : 0))
    .slice(0, 12)
    .map((option) => ({ ...option, typed }));
}

// The form of a condition offers what fits its column: the comparisons of its kind, and a choice where its values are few.
function fitCondition(words) {
  const form = document.querySelector("[data-condition]");
  if (!form) return;
  const { column, operator } = form.elements;
  const fit = () => {
    const chosen = column.selectedOptions[0];
    const known = words.columns.find(({ name }) => bare(name) === chosen.value.toLowerCase());
    const comparisons = words.comparisons[chosen.dataset.kind] ?? [];
    for (const option of operator.options) option.hidden = option.disabled = !comparisons.includes(option.value) && !(chosen.dataset.kind === "date" && /[<>]/.test(option.value));
    if (operator.selectedOptions[0]?.disabled) operator.value = [...operator.options].find((option) => !option.disabled)?.value;
    const values = known?.values ?? [];
    const before = form.elements.value;
    const field = document.createElement(values.length && operator.value !== "contains" ? "select" : "input");
    field.name = "value";
    if (before.getAttribute("aria-invalid")) field.setAttribute("aria-invalid", "true");
    if (field.tagName === "SELECT") {
      const label = { true: form.dataset.yes, false: form.dataset.no };
      field.append(...values.map((value) => new Option(label[value] ?? value.replace(/^"|"$/g, ""), value.replace(/^"|"$/g, "").replaceAll('""', '"'))));
    } else Object.assign(field, { type: chosen.dataset.kind === "date" ? "date" : "text", maxLength: 200, autocomplete: "off", value: before.tagName === "INPUT" ? before.value : "" });
    if (field.tagName === "SELECT" && before.value) field.value = before.value;
    if (field.tagName === "SELECT" && !field.value) field.selectedIndex = 0;
    before.replaceWith(field);
    field.disabled = operator.value === "is missing";
  };
  column.addEventListener("change", fit);
  operator.addEventListener("change", fit);
  fit();
}

async function complete(input) {
  const answer = await fetch(input.dataset.words);
  if (!answer.ok) return;
  const words = await answer.json();
  fitCondition(words);
  const list = document.createElement("ul");
  Object.assign(list, { id: "completions", className: "completions", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.wordsLabel);
  input.closest("label").after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", list.id], ["aria-expanded", "false"]]) {
    input.setAttribute(name, value);
  }
  let active = -1;
  const close = () => {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (option) => {
    const at = input.selectionStart;
    const start = at - option.typed.length;
    const gap = start > 0 && !/[\s(]$/.test(input.value.slice(0, start)) ? " " : "";
    const put = `${gap}${option.text}${option.text.endsWith("(") ? "" : " "}`;
    input.setRangeText(put, start, at, "end");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.focus();
  };
  const mark = (place) => {
    const items = [...list.children];
    active = (place + items.length) % items.length;
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === active)));
    input.setAttribute("aria-activedescendant", items[active].id);
    items[active].scrollIntoView({ block: "nearest" });
  };
  const show = () => {
    const found = completions(input.value.slice(0, input.selectionStart), words);
    if (!found.length) return close();
    list.replaceChildren(...found.map((option, i) => {
      const item = document.createElement("li");
      item.id = `completion-${i}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.textContent = option.text;
      if (option.said) item.append(Object.assign(document.createElement("span"), { className: "small", textContent: option.said }));
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(option);
      });
      item.option = option;
      return item;
    }));
    active = -1;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    input.removeAttribute("aria-activedescendant");
  };
  document.addEventListener("results", () => {
    if (document.querySelector("#results [data-unfinished]")) close(); // it would cover what is wrong
  });
  input.addEventListener("input", show);
  input.addEventListener("focus", show);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault(); // a browser would empty the whole line
      return close();
    }
    if (list.hidden && event.key === "ArrowDown") return show();
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(event.key === "ArrowDown" ? active + 1 : active < 0 ? -1 : active - 1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      choose(list.children[active].option);
    } else if (event.key === "Enter") close();
  });
}

const startLines = () => document.querySelectorAll("[data-words]").forEach(complete);
startLines();
document.addEventListener("page", startLines); // a page that is shown in place of this one
