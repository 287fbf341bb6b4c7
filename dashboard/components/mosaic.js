// A state for each of some things in each of some columns: hover tells, a click chooses. Drag to look closer, double click
// or Escape to see all again; arrow keys go from cell to cell, + and - look closer and back, Enter chooses. Where columns
// are narrower than a few pixels, several stand in one place, and the gravest is shown: no break disappears between others.
// Whatever comes from the store goes in as text, never as markup.
const NARROW = 640, LEAST = 3, TOP = 5, BOTTOM = 58, FLAT = 26, RIGHT = 8, LETTER = 6.6, SIGNED = 11;

// Columns `from` to `to`, both inclusive, in places of `per`, the last one of which is full.
export function places(from, to, per) {
  const found = [];
  for (let end = to; end >= from; end -= per) found.unshift([Math.max(from, end - per + 1), end]);
  return found;
}

// Stretches of equal values, [begin, end) each; every value alone where they are `single`.
function runs(values, single) {
  const found = [];
  for (let begin = 0, i = 1; i <= values.length; i += 1) {
    if (i === values.length || single || values[i] !== values[begin]) { found.push([begin, i]); begin = i; }
  }
  return found;
}

// The gravest state of a row in a place, and the newest column that has it.
export function gravest(data, row, [from, to]) {
  let state = -1, at = to;
  for (let i = to; i >= from; i -= 1) {
    const found = data.kinds[data.columns[i][2]].states[row];
    if (state < 0 || data.looks[found].gravity > data.looks[state].gravity) { state = found; at = i; }
  }
  return { state, at };
}

class Mosaic {
  constructor(root, data, pick) {
    this.legend = html("div", root, "legend");
    this.frame = html("div", root, "plot");
    this.frame.tabIndex = 0;
    this.frame.setAttribute("role", "img");
    this.tip = html("div", root, "tip");
    this.tip.setAttribute("role", "status");
    this.tip.hidden = true;
    this.watch();
    this.take(data, pick);
    new ResizeObserver(() => this.draw()).observe(this.frame);
  }

  take(data, pick) {
    const isSame = this.data && this.data.columns.length === data.columns.length;
    this.data = data;
    this.pick = pick;
    if (!isSame) this.seen = [0, Math.max(data.columns.length - 1, 0)];
    this.frame.setAttribute("aria-label", data.says);
    this.frame.classList.toggle("picks", data.picks);
    this.draw();
  }

  key(perPlace) {
    this.legend.replaceChildren();
    for (const look of this.data.looks) {
      const entry = html("span", this.legend), sign = html("i", entry, "", look.sign);
      sign.style.background = look.fill;
      sign.style.color = look.ink;
      sign.setAttribute("aria-hidden", "true");
      html("span", entry, "", look.name);
    }
    if (perPlace > 1) {
      html("span", this.legend, "quiet", `up to ${perPlace} ${this.data.things} in one place, the gravest shown; drag to look closer`);
    }
  }

  measure() {
    const { rows } = this.data;
    this.width = Math.max(this.frame.clientWidth, 200);
    this.isNarrow = this.width < NARROW && rows.length <= 40;
    const longest = rows.reduce((n, name) => Math.max(n, name.length), 0);
    this.left = this.isNarrow ? 2 : Math.min(250, 12 + longest * LETTER);
    this.cell = rows.length <= 30 ? 24 : 5;
    this.head = this.isNarrow ? 16 : 0;
    this.row = this.cell + this.head + (this.cell > 10 ? 4 : 0);
    const [a, b] = this.seen, room = this.width - this.left - RIGHT;
    const per = Math.max(1, Math.ceil(((b - a + 1) * LEAST) / room));
    this.places = places(a, b, per);
    this.step = Math.min(room / this.places.length, 64);
    this.gap = this.step >= 6 ? 1.5 : 0;
    this.states = rows.map((_, row) => this.places.map((place) => gravest(this.data, row, place).state));
    this.isTurned = this.places.some(([, to]) => this.data.columns[to][0].length > 4);
    this.bottom = TOP + rows.length * this.row;
    this.height = this.bottom + (this.isTurned ? BOTTOM : FLAT);
    return per;
  }

  x(place) { return this.left + place * this.step; }
  y(row) { return TOP + row * this.row + this.head; }

  draw() {
    this.key(this.measure());
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    svg.setAttribute("height", this.height);
    svg.setAttribute("aria-hidden", "true");
    this.data.rows.forEach((name, row) => this.line(svg, name, row));
    this.signs(svg);
    this.axis(svg);
    this.chosen(svg);
    this.cursor = make("rect", svg, { class: "cursor", rx: 2, visibility: "hidden" });
    this.box = make("rect", svg, { class: "box", y: 0, height: this.bottom });
    this.frame.replaceChildren(svg);
  }

  line(svg, name, row) {
    const y = this.y(row), isChosen = row === this.data.row, [x, at] = this.isNarrow ? [this.left, y - 4] : [this.left - 8, y + this.cell / 2];
    if (this.cell > 10 || row % 4 === 0) {
      make("text", svg, {
        x, y: at, dy: this.isNarrow ? 0 : "0.34em", "text-anchor": this.isNarrow ? "start" : "end",
        class: isChosen ? "name chosen" : "name",
      }, name);
    }
    const states = this.states[row], gap = this.gap, paths = this.data.looks.map(() => "");
    for (const [begin, end] of runs(states, gap > 0)) {
      paths[states[begin]] += `M${this.x(begin).toFixed(2)} ${y}H${(this.x(end) - gap).toFixed(2)}v${this.cell}H${this.x(begin).toFixed(2)}Z`;
    }
    this.data.looks.forEach((look, i) => { if (paths[i]) make("path", svg, { d: paths[i], fill: look.fill, "data-state": look.name }); });
  }

  // The middle of a stretch, and where cells stand apart, that of its middle cell.
  middle(begin, end) {
    const cell = Math.floor((begin + end - 1) / 2);
    return this.gap ? this.x(cell) + (this.step - this.gap) / 2 : (this.x(begin) + this.x(end)) / 2;
  }

  // A sign in each cell that has room for one, else one in the middle of a stretch of alike cells that has.
  signs(svg) {
    const put = (state, x, y) => {
      const { sign, ink } = this.data.looks[state];
      if (sign) make("text", svg, { class: "sign", x: x.toFixed(1), y: y.toFixed(1), dy: "0.36em", style: `fill:${ink}` }, sign);
    };
    if (this.cell > SIGNED) {
      this.states.forEach((states, row) => {
        for (const [begin, end] of runs(states, this.step >= SIGNED)) {
          if ((end - begin) * this.step >= SIGNED) put(states[begin], this.middle(begin, end), this.y(row) + this.cell / 2);
        }
      });
    } else if (this.step >= SIGNED) {
      this.places.forEach((_, place) => {
        const states = this.states.map((row) => row[place]);
        for (const [begin, end] of runs(states, false)) {
          if ((end - begin) * this.row >= SIGNED) put(states[begin], this.x(place) + (this.step - this.gap) / 2, (this.y(begin) + this.y(end)) / 2);
        }
      });
    }
  }

  axis(svg) {
    const labels = this.places.map(([, to]) => this.data.columns[to][0]), y = this.bottom + 13, isTurned = this.isTurned;
    const every = Math.max(1, Math.ceil((isTurned ? 40 : 26) / this.step));
    for (let i = labels.length - 1; i >= 0; i -= every) {
      const x = (this.x(i) + this.step / 2).toFixed(1);
      if (isTurned && this.x(i) < 48) continue;
      make("text", svg, {
        x, y, class: "column", "text-anchor": isTurned ? "end" : "middle", ...(isTurned ? { transform: `rotate(-32 ${x} ${y})` } : {}),
      }, labels[i]);
    }
  }

  chosen(svg) {
    const place = this.places.findIndex(([from, to]) => from <= this.data.column && this.data.column <= to);
    if (this.data.column !== null && place >= 0) {
      make("rect", svg, { class: "pick", rx: 2, x: this.x(place) - 1.5, y: TOP - 2, width: this.step + 1.5, height: this.bottom - TOP + 2 });
    }
  }

  point(row, place) {
    this.at = [row, place];
    const [from, to] = this.places[place], { state, at } = gravest(this.data, row, [from, to]);
    const [label, says, kind] = this.data.columns[at], note = this.data.kinds[kind].notes[row];
    for (const [name, value] of Object.entries({ x: this.x(place), y: this.y(row), width: Math.max(this.step, 3), height: this.cell, visibility: "visible" })) {
      this.cursor.setAttribute(name, value);
    }
    this.tip.replaceChildren();
    html("div", this.tip, "head", `${this.data.rows[row]}: ${this.data.looks[state].name}`);
    if (note) html("div", this.tip, "", note);
    html("div", this.tip, "quiet", [label, says].filter(Boolean).join("  "));
    if (to > from) html("div", this.tip, "quiet", `the gravest of ${to - from + 1} ${this.data.things}`);
    this.tip.hidden = false;
    const x = this.x(place) + this.step / 2, wide = this.tip.offsetWidth;
    this.tip.style.left = `${Math.max(0, x + 16 + wide > this.width ? Math.min(x, this.width) - wide - 16 : x + 16)}px`;
    this.tip.style.top = `${this.frame.offsetTop + this.y(row) + this.cell + 8}px`;
  }

  leave() { this.tip.hidden = true; this.at = null; this.cursor.setAttribute("visibility", "hidden"); }

  choose() {
    if (!this.at || !this.data.picks) return;
    const [row, place] = this.at;
    this.pick({ row, column: gravest(this.data, row, this.places[place]).at });
  }

  zoom(from, to) {
    const last = this.data.columns.length - 1;
    this.seen = [Math.max(0, from), Math.min(last, to)];
    this.leave();
    this.draw();
  }

  closer(place, factor) {
    const middle = this.places[place][1], half = Math.max(2, Math.round(((this.seen[1] - this.seen[0] + 1) * factor) / 2));
    this.zoom(middle - half, middle + half - 1);
  }

  where(event) {
    const box = this.frame.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    const place = Math.min(this.places.length - 1, Math.max(0, Math.floor((x - this.left) / this.step)));
    return { x, place, row: Math.min(this.data.rows.length - 1, Math.max(0, Math.floor((y - TOP) / this.row))) };
  }

  watch() {
    let from = null;
    this.frame.onpointermove = (event) => {
      if (!this.data.columns.length) return;
      const at = this.where(event);
      this.point(at.row, at.place);
      if (from === null) return;
      const [a, b] = [from.x, at.x].sort((p, q) => p - q);
      this.box.setAttribute("x", a);
      this.box.setAttribute("width", b - a);
    };
    this.frame.onpointerdown = (event) => { if (event.button === 0) from = this.where(event); };
    this.frame.onpointerup = (event) => {
      const begun = from, to = this.where(event);
      from = null;
      this.box.setAttribute("width", 0);
      if (begun === null) return;
      if (Math.abs(to.x - begun.x) <= 8) { this.point(to.row, to.place); this.choose(); return; }
      const [a, b] = [begun.place, to.place].sort((p, q) => p - q);
      if (event.pointerType === "mouse") this.zoom(this.places[a][0], this.places[b][1]);
    };
    this.frame.onpointerleave = () => { from = null; this.leave(); };
    const all = () => this.zoom(0, this.data.columns.length - 1);
    this.frame.ondblclick = all;
    this.frame.onkeydown = (event) => {
      const [row, place] = this.at ?? [this.data.row ?? 0, this.places.length - 1], last = this.places.length - 1;
      const to = {
        ArrowLeft: [row, place - 1], ArrowRight: [row, place + 1], ArrowUp: [row - 1, place], ArrowDown: [row + 1, place],
        Home: [row, 0], End: [row, last],
      }[event.key];
      if (to) this.point(Math.min(this.data.rows.length - 1, Math.max(0, to[0])), Math.min(last, Math.max(0, to[1])));
      else if (event.key === "Enter") this.choose();
      else if (event.key === "+" || event.key === "-") this.closer(place, event.key === "+" ? 0.5 : 2);
      else if (event.key === "Escape") all();
      else return;
      event.preventDefault();
    };
    this.frame.onblur = () => this.leave();
  }
}

const drawn = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const pick = (place) => setTriggerValue("picked", place), before = drawn.get(parentElement);
  if (before) { before.take(data, pick); return; }
  drawn.set(parentElement, new Mosaic(html("div", parentElement, "mosaic"), data, pick));
}
