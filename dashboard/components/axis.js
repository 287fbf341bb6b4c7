// Where things stand in a chart: from a column or a value to a pixel and back, and the lines and words of both axes.
const HEIGHT = 380, LEFT = 72, TOP = 12, BOTTOM = 62;

// Columns are commits in their order, moments, or values of a parameter; `seen` are the first and last one shown.
class Columns {
  constructor(axis, n, seen, width, right) {
    Object.assign(this, { axis, n, seen, width, right });
    this.isEven = !["time", "linear", "log"].includes(axis.kind);
    if (this.isEven) return;
    const scale = axis.kind === "log" ? Math.log : (v) => v;
    this.scale = scale;
    [this.low, this.high] = [scale(axis.at[seen[0]]), scale(axis.at[seen[1]])];
  }

  get room() { return this.width - LEFT - this.right; }

  place(value) {
    const part = this.high > this.low ? (this.scale(value) - this.low) / (this.high - this.low) : 0.5;
    return LEFT + 14 + part * (this.room - 28);
  }

  x(at) {
    if (!this.isEven) return this.place(this.axis.at[at]);
    const [a, b] = this.seen;
    return LEFT + ((at - a + 0.5) / (b - a + 1)) * this.room;
  }

  // Between the column before and this one, where what is new at `at` begins.
  edge(at) {
    if (this.isEven) return this.x(at - 0.5);
    return at === 0 ? this.x(at) : (this.x(at - 1) + this.x(at)) / 2;
  }

  at(x) {
    const [a, b] = this.seen;
    if (this.isEven) return Math.min(b, Math.max(a, Math.round(a - 0.5 + ((x - LEFT) / this.room) * (b - a + 1))));
    let best = a;
    for (let i = a; i <= b; i += 1) if (Math.abs(this.x(i) - x) < Math.abs(this.x(best) - x)) best = i;
    return best;
  }

  ticks(labels) {
    const { kind, at } = this.axis, [a, b] = this.seen;
    if (kind === "time") return dates(at[a], at[b], Math.max(2, this.room / 110)).map(([t, text]) => [this.place(t), text]);
    if (!this.isEven) {
      // Few values are named themselves, where they do not touch.
      const own = labels.slice(a, b + 1).map((label, i) => [this.x(a + i), label]);
      const far = own.every(([x, label], i) => !i || x - own[i - 1][0] > 7 * label.length + 6);
      if (far) return own;
      return at[b] > at[a] ? ticks(at[a], at[b], kind === "log").map((v) => [this.place(v), show(v, PLAIN)]) : own;
    }
    const step = Math.max(1, Math.ceil((b - a + 1) / Math.max(1, (this.width - LEFT) / 74))), found = [];
    for (let i = a; i <= b; i += step) found.push([this.x(i), labels[i]]);
    return found;
  }

  draw(svg, labels) {
    const found = this.ticks(labels), y = HEIGHT - BOTTOM + 14, { kind, title } = this.axis;
    const widest = Math.max(0, ...found.map(([, text]) => text.length)) * 6.5;
    const turned = kind === "commits" || found.some(([x], i) => i && x - found[i - 1][0] < widest + 8);
    for (const [x, text] of found) {
      const place = turned
        ? { transform: `rotate(-32 ${x.toFixed(1)} ${y})`, "text-anchor": "end" } : { "text-anchor": "middle", dy: 4 };
      const shown = text.length > 26 ? `${text.slice(0, 25)}…` : text;
      const made = make("text", svg, { x: x.toFixed(1), y, class: kind === "commits" ? "commit" : "tick", ...place }, shown);
      if (shown !== text) make("title", made, {}, text);
      if (!this.isEven) make("path", svg, { class: "rule", d: `M${x.toFixed(1)} ${TOP}V${HEIGHT - BOTTOM}` });
    }
    if (title) make("text", svg, { x: this.width - this.right, y: turned ? HEIGHT - 4 : y + 24, "text-anchor": "end", class: "title" }, title);
  }
}

class Values {
  constructor(span, log, unit) { Object.assign(this, { span, unit, log, scale: log ? Math.log : (v) => v }); }

  y(value) {
    const [low, high] = this.span.map(this.scale);
    return HEIGHT - BOTTOM - ((this.scale(value) - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  }

  draw(svg, right) {
    for (const value of ticks(...this.span, this.log)) {
      const y = this.y(value).toFixed(1);
      make("path", svg, { class: "rule", d: `M${LEFT} ${y}H${right}` });
      make("text", svg, { x: LEFT - 6, y, dy: "0.32em", "text-anchor": "end" }, show(Number(value.toPrecision(12)), this.unit));
    }
  }
}

// Smallest and largest value of what is seen of the lines, with room around.
function range(data, seen, hidden) {
  let low = Infinity, high = -Infinity;
  const take = (v) => { if (v !== null) { low = Math.min(low, v); high = Math.max(high, v); } };
  data.lines.forEach((line, i) => {
    if (hidden.has(i)) return;
    for (const [at, value, lower, upper, , samples] of line.points) {
      if (at < seen[0] || at > seen[1]) continue;
      take(value); take(lower); take(upper); samples.forEach(take);
    }
  });
  data.levels.forEach((level) => take(level.value));
  if (low > high) return data.log ? [0.1, 10] : [0, 1];
  if (data.log) { const room = Math.max((high / low) ** 0.06, 1.01); return [low / room, high * room]; }
  // The scale is never so fine that the last bits of equal values look like something.
  const room = Math.max(0.06 * (high - low), 0.01 * Math.max(Math.abs(low), Math.abs(high)), 1e-300);
  return [low - room, high + room];
}
