// A table that its server sorts and pages: real rows and headings, so that keyboards, screen readers and the browser's own
// search find everything. Whatever comes from the store goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function element(tag, parent, text, attributes = {}) {
  const made = parent.appendChild(document.createElement(tag));
  if (text !== undefined && text !== null) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null) made.setAttribute(name, value);
  }
  return made;
}

// Values are per mille of the row's own range, null where there is none: the line is broken there.
function sparkline(parent, values, says, tone) {
  const picture = parent.appendChild(document.createElementNS(SVG, "svg"));
  picture.setAttribute("viewBox", "-4 -6 108 36");
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", says);
  picture.setAttribute("class", `spark ${tone || ""}`);
  let path = "", at = null;
  values.forEach((value, i) => {
    if (value === null) { at = null; return; }
    const x = values.length > 1 ? (100 * i) / (values.length - 1) : 100, y = 24 - (24 * value) / 1000;
    path += `${at === null ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    at = [x, y];
  });
  const line = picture.appendChild(document.createElementNS(SVG, "path"));
  line.setAttribute("d", path);
  line.setAttribute("vector-effect", "non-scaling-stroke");
  if (at) {
    const dot = picture.appendChild(document.createElementNS(SVG, "path"));
    dot.setAttribute("d", `M${at[0].toFixed(1)} ${at[1].toFixed(1)}h0.01`);
    dot.setAttribute("class", "dot");
    dot.setAttribute("vector-effect", "non-scaling-stroke");
  }
}

function drawn(picture, tag, attributes) {
  const made = picture.appendChild(document.createElementNS(SVG, tag));
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
}

// A value with its interval on the axis of its column, as in a forest plot; shape says what colour says.
const SHAPES = { bad: "M0 -5L5 0L0 5L-5 0Z", good: "M-4 -4H4V4H-4Z" }, ROUND = "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z";

function forest(parent, range, says, tone) {
  const picture = parent.appendChild(document.createElementNS(SVG, "svg"));
  for (const [name, value] of Object.entries({ viewBox: "0 0 220 24", role: "img", "aria-label": says, class: `forest ${tone || ""}` })) {
    picture.setAttribute(name, value);
  }
  const x = (place) => 10 + place / 5;
  drawn(picture, "path", { d: "M110 -6V30", class: "middle" });
  if (range.lower !== null && range.upper !== null) {
    const [from, to] = [x(range.lower), x(range.upper)];
    drawn(picture, "path", { d: `M${from} 12H${to}`, class: "whisker" });
    drawn(picture, "path", { d: range.beyond.includes("<") ? `M${from + 5} 8L${from} 12L${from + 5} 16` : `M${from} 8V16`, class: "whisker" });
    drawn(picture, "path", { d: range.beyond.includes(">") ? `M${to - 5} 8L${to} 12L${to - 5} 16` : `M${to} 8V16`, class: "whisker" });
  }
  drawn(picture, "path", { d: SHAPES[tone] || ROUND, transform: `translate(${x(range.value)} 12)`, class: "value" });
}

function axis(cell, ticks) {
  const line = element("span", cell, null, { class: "axis", "aria-hidden": "true" });
  for (const [place, text] of ticks) element("span", line, text).style.left = `${(100 * (10 + place / 5)) / 220}%`;
}

function heading(row, column, sort, asked) {
  const sorted = sort && sort.by === column.id;
  const cell = element("th", row, null, {
    scope: "col", class: column.align, "aria-sort": sorted ? (sort.descending ? "descending" : "ascending") : null,
  });
  if (!column.sortable) {
    cell.textContent = column.label;
    if (column.ticks.length) axis(cell, column.ticks);
    return;
  }
  const button = element("button", cell, column.label, { type: "button", title: `Sort by ${column.label.toLowerCase()}` });
  if (column.ticks.length) axis(cell, column.ticks);
  element("span", button, sorted ? (sort.descending ? "▼" : "▲") : "", { "aria-hidden": "true", class: "arrow" });
  button.onclick = () => asked("sort", {
    by: column.id, descending: sorted ? !sort.descending : Boolean(column.descendingFirst),
  });
}

function body(table, data, asked) {
  const rows = element("tbody", table);
  for (const row of data.rows) {
    const line = element("tr", rows, null, { class: row.tone });
    row.cells.forEach((cell, i) => {
      const column = data.columns[i];
      const place = element(column.head ? "th" : "td", line, null, {
        class: `${column.align} ${cell.tone || ""}`, scope: column.head ? "row" : null, title: cell.title,
        "data-label": column.label,
      });
      if (cell.range) { forest(place, cell.range, cell.says, cell.tone); return; }
      if (cell.spark) { sparkline(place, cell.spark, cell.says, cell.tone); return; }
      if (cell.says) {
        element("span", place, cell.text, { "aria-hidden": "true" });
        element("span", place, cell.says, { class: "unseen" });
        return;
      }
      if (!column.head || !row.href) { place.textContent = cell.text; return; }
      const link = element("a", place, cell.text, { href: row.href });
      if (/^https?:/.test(row.href)) { link.target = "_blank"; link.rel = "noopener"; return; }
      link.onclick = (event) => {
        if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        asked("open", row.id);
      };
    });
  }
}

function pager(parent, data, asked) {
  const { first, last, found, page, pages } = data.pages;
  const bar = element("nav", parent, null, { "aria-label": `Pages: ${data.says}`, class: "pager" });
  element("span", bar, found ? `${first} – ${last} of ${found}` : "", { "aria-live": "polite" });
  if (pages < 2) return;
  const button = (label, says, to, off) => {
    const made = element("button", bar, label, { type: "button", "aria-label": says, title: says });
    made.disabled = off;
    made.onclick = () => asked("page", to);
  };
  button("«", "First page", 0, page === 0);
  button("‹", "Previous page", page - 1, page === 0);
  button("›", "Next page", page + 1, page >= pages - 1);
  button("»", "Last page", pages - 1, page >= pages - 1);
}

export default function ({ data, parentElement, setTriggerValue }) {
  const asked = (name, value) => setTriggerValue("asked", { [name]: value });
  const focused = parentElement.activeElement ? parentElement.activeElement.title : null;
  const root = document.createElement("div");
  root.className = "grid";
  const frame = element("div", root, null, { class: "frame", tabindex: "0", role: "region", "aria-label": data.says });
  const table = element("table", frame);
  element("caption", table, data.says);
  const head = element("tr", element("thead", table));
  for (const column of data.columns) heading(head, column, data.sort, asked);
  body(table, data, asked);
  if (data.pages) pager(root, data, asked);
  const before = parentElement.querySelector(".grid");
  if (before) before.replaceWith(root); else parentElement.appendChild(root);
  // Whoever sorts or turns pages by keyboard goes on from the same button.
  if (focused) [...root.querySelectorAll("button")].find((b) => b.title === focused && !b.disabled)?.focus();
}
