"use strict";
// Interactive parts of the page. The page is complete without this file, which creates all buttons.

const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);

// --- Tables: each header sorts by its column, numbers numerically, words after them. ---

const NUMBER = /^[±+−-]?\s*(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+−-]?\d+)?/i;

function valueOf(text) {
  const found = NUMBER.exec(text);
  return found ? Number(found[0].replace(/[±,\s]/g, "").replace(/−/g, "-")) : NaN;
}

// A cell that spans several columns is the cell of each of them.
function cellOf(row, column) {
  let end = 0;
  return Array.from(row.cells).find((cell) => (end += cell.colSpan) > column);
}

function compare(a, b) {
  const bothWords = Number.isNaN(a.value) && Number.isNaN(b.value);
  if (bothWords) return a.text.localeCompare(b.text, undefined, { numeric: true });
  return a.value - b.value;
}

function sortBy(table, header, column) {
  const ascending = header.getAttribute("aria-sort") !== "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", ascending ? "ascending" : "descending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => {
    const text = cellOf(row, column).innerText.trim();
    return { row, text, value: valueOf(text) };
  });
  const isNumeric = header.classList.contains("number");
  if (!isNumeric) for (const item of rows) item.value = NaN;
  const words = isNumeric ? rows.filter((item) => Number.isNaN(item.value)) : [];
  const rest = rows.filter((item) => !words.includes(item));
  rest.sort((a, b) => (ascending ? compare(a, b) : compare(b, a)));
  body.append(...[...rest, ...words].map((item) => item.row));
}

function makeSortable(table) {
  if (table.tBodies[0].rows.length < 2) return;
  Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
    const button = make("button", { type: "button", title: "Sort by this column" });
    // A link in the header is kept; the button is added beside it.
    const link = header.querySelector("a");
    if (link) {
      button.setAttribute("aria-label", `Sort by ${link.textContent}`);
      link.after(button);
    } else {
      button.append(...header.childNodes);
      header.append(button);
    }
    button.addEventListener("click", () => sortBy(table, header, column));
  });
}

// --- Figures: enlarged in a dialog; Escape closes it, and the focus returns. ---

const dialog = document.getElementById("enlarged");
let shown = null;

function enlarge(drawing) {
  const svg = drawing.querySelector("svg");
  // The drawing itself is moved, so that ids stay unique; its place keeps its height.
  drawing.style.minHeight = `${drawing.offsetHeight}px`;
  drawing.style.minWidth = `${drawing.offsetWidth}px`;
  shown = { drawing, svg, focus: drawing.parentElement.querySelector("button") };
  const form = make("form", { method: "dialog" });
  form.append(make("button", { textContent: "Close" }));
  const paper = make("div", { className: "paper" });
  paper.append(svg);
  const words = drawing.parentElement.querySelector("figcaption").textContent;
  dialog.replaceChildren(form, paper, make("p", { textContent: words }));
  dialog.showModal();
}

function putBack() {
  if (!shown) return;
  shown.drawing.prepend(shown.svg);
  shown.drawing.removeAttribute("style");
  shown.focus.focus();
  shown = null;
  dialog.replaceChildren();
}

function makeEnlargeable(drawing) {
  const button = make("button", { type: "button", textContent: "Enlarge" });
  const words = drawing.parentElement.querySelector("figcaption").textContent;
  button.setAttribute("aria-label", `Enlarge: ${words}`);
  button.addEventListener("click", () => enlarge(drawing));
  drawing.querySelector("svg").addEventListener("click", () => shown || enlarge(drawing));
  drawing.parentElement.append(button);
}

// --- Commands: a button that copies, or selects if copying is not allowed. ---

function makeCopyable(code) {
  const button = make("button", { type: "button", textContent: "Copy" });
  button.setAttribute("aria-label", `Copy: ${code.textContent}`);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  code.after(button);
}

// --- Light and dark mode: as set in the system, until the reader chooses. ---

const root = document.documentElement;

function remembered(scheme) {
  // A page that is opened from a file or an attachment may have no storage.
  try {
    if (scheme) localStorage.setItem("dlia-scheme", scheme);
    return localStorage.getItem("dlia-scheme");
  } catch {
    return null;
  }
}

function makeSchemeToggle(place) {
  const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.style.colorScheme || (systemIsDark.matches ? "dark" : "light")) === "dark";
  const button = make("button", { type: "button" });
  const label = () => (button.textContent = isDark() ? "Light page" : "Dark page");
  button.addEventListener("click", () => {
    root.style.colorScheme = isDark() ? "light" : "dark";
    remembered(root.style.colorScheme);
    label();
  });
  systemIsDark.addEventListener("change", label);
  const chosen = remembered();
  if (["light", "dark"].includes(chosen)) root.style.colorScheme = chosen;
  label();
  const tools = make("p", { className: "tools" });
  tools.append(button);
  place.append(tools);
}

// --- Folded parts: a link that leads into one opens it. ---

function unfold() {
  const place = document.getElementById(location.hash.slice(1));
  for (let part = place; part; part = part.parentElement) if (part.localName === "details") part.open = true;
  place?.scrollIntoView();
}
addEventListener("hashchange", unfold);

// --- Contents: open beside the report, closed above it; the current section is marked. ---

function followReading(contents) {
  const links = new Map(
    Array.from(contents.querySelectorAll("a"), (a) => [document.getElementById(a.hash.slice(1)), a]),
  );
  const places = Array.from(links.keys());
  let waiting = false;
  const mark = () => {
    waiting = false;
    const line = innerHeight * 0.3;
    const passed = places.filter((place) => place.getBoundingClientRect().top <= line);
    const current = links.get(passed.at(-1) ?? places[0]);
    if (current.hasAttribute("aria-current")) return;
    for (const link of links.values()) link.removeAttribute("aria-current");
    current.setAttribute("aria-current", "location");
    if (!narrow.matches) current.scrollIntoView({ block: "nearest", behavior: "instant" });
  };
  addEventListener("scroll", () => {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  }, { passive: true });
  mark();
}

const narrow = matchMedia("(max-width: 70rem)");
const contents = document.querySelector(".contents details");
const arrange = () => (contents.open = !narrow.matches);
narrow.addEventListener("change", arrange);
arrange();
contents.addEventListener("click", (event) => {
  if (narrow.matches && event.target.closest("a")) contents.open = false;
});

// --- Print: folded parts are printed, too. ---

let folded = [];
addEventListener("beforeprint", () => {
  folded = Array.from(document.querySelectorAll("details:not([open])"));
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => folded.forEach((details) => (details.open = false)));

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll(".drawing").forEach(makeEnlargeable);
document.querySelectorAll("code.command").forEach(makeCopyable);
dialog.addEventListener("close", putBack);
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
makeSchemeToggle(contents);
followReading(contents);
if (location.hash) unfold();
