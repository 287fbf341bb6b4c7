"use strict";
// Series over commits, drawn by plotly: values, intervals, levels between steps, events.
(function () {
  const COLOURS = ["#2f7ed8", "#d55e00", "#009e73", "#c2589b", "#8f7a00", "#7f7f7f"];
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
  const SYMBOLS = ["circle", "diamond", "square", "triangle-up", "x", "star"];
  const SVG_POINTS = 2000;

  // x of a commit: its place on the axis that all lines share, or its date.
  function axisOf(lines, byDate) {
    const site = perfwatch.site;
    if (byDate) {
      return { at: (commit) => new Date(site.commits.date[commit] * 1000), layout: { type: "date" }, has: (c) => site.commits.date[c] !== null };
    }
    const measured = new Set();
    for (const line of lines) for (const c of site.places[line.one.place].commits) measured.add(c);
    const order = [...measured].sort((a, b) => a - b);
    const place = new Map(order.map((c, i) => [c, i]));
    const step = Math.max(1, Math.ceil(order.length / 10));
    const ticks = order.map((_, i) => i).filter((i) => (order.length - 1 - i) % step === 0);
    return {
      at: (commit) => place.get(commit), has: (c) => place.has(c),
      layout: { tickvals: ticks, ticktext: ticks.map((i) => perfwatch.shortHash(order[i])), title: { text: "commits" } },
    };
  }

  perfwatch.chart = (element, lines, options) => {
    const axis = axisOf(lines, options.byDate);
    const many = lines.reduce((n, line) => n + line.points.value.length, 0) > SVG_POINTS;
    const traces = [], shapes = [];
    lines.forEach((line, i) => {
      const colour = COLOURS[i % COLOURS.length];
      const drawn = placed(line, axis, options.log);
      traces.push(...band(drawn, colour));
      traces.push({
        type: many ? "scattergl" : "scatter", mode: drawn.x.length > 300 ? "lines" : "lines+markers", x: drawn.x, y: drawn.y,
        name: line.name, line: { color: colour, dash: many ? "solid" : DASHES[i % 6], width: 1.5 },
        marker: { symbol: SYMBOLS[i % 6], size: 6 }, text: drawn.text, hoverinfo: "text", connectgaps: false,
      });
    });
    if (lines.length === 1) {
      traces.push(...levels(lines[0], axis));
      shapes.push(...steps(lines[0], axis));
    }
    const unit = lines[0].one.unit;
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const grid = dark ? "#333a46" : "#e3e6ea";
    return Plotly.react(element, traces, {
      margin: { l: 75, r: 15, t: 15, b: 60 }, showlegend: false, shapes, hovermode: "closest",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: dark ? "#e8eaee" : "#1b1f26", family: "system-ui, sans-serif" },
      xaxis: { gridcolor: grid, zeroline: false, ...axis.layout },
      yaxis: { gridcolor: grid, zeroline: false, title: { text: unit.prefixed ? unit.name : unit.symbol || unit.name }, type: options.log ? "log" : "linear", ...ticks(lines, unit, options.log) },
      uirevision: `${options.byDate}${options.log}`,
    }, { responsive: true, displaylogo: false, modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] });
  };

  // Ticks in the unit's own words (2 ms, not 0.002).
  function ticks(lines, unit, log) {
    if (!unit.prefixed || log) return log ? { exponentformat: "SI" } : {};
    let low = Infinity, high = -Infinity;
    for (const line of lines) {
      for (const v of line.points.value) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
    }
    if (!(high > low)) return {};
    const step = (() => {
      const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough));
      return power * ([1, 2, 5].find((m) => m * power >= rough) || 10);
    })();
    const vals = [];
    for (let v = Math.floor(low / step) * step, i = 0; v <= high + step && i < 20; v += step, i++) vals.push(v);
    return { tickvals: vals, ticktext: vals.map((v) => perfwatch.show(Math.abs(v) < step / 1e6 ? 0 : v, unit)) };
  }

  function placed(line, axis, log) {
    const { one, points } = line;
    const site = perfwatch.site;
    const commits = site.places[one.place].commits;
    const drawn = { x: [], y: [], lower: [], upper: [], text: [] };
    let last = null;
    points.column.forEach((column, i) => {
      const commit = commits[column], value = points.value[i];
      if (!axis.has(commit) || !Number.isFinite(value) || (log && value <= 0)) return;
      if (last !== null && failedBetween(points.notes, last, column)) {
        for (const key of Object.keys(drawn)) drawn[key].push(key === "x" ? axis.at(commit) : null);
      }
      last = column;
      drawn.x.push(axis.at(commit));
      drawn.y.push(value);
      drawn.lower.push(bound(points.lower[i], value));
      drawn.upper.push(bound(points.upper[i], value));
      drawn.text.push(hover(line, commit, value, points.lower[i], points.upper[i]));
    });
    return drawn;
  }

  const bound = (v, value) => (Number.isFinite(v) ? v : value);

  function failedBetween(notes, from, to) {
    for (let c = from + 1; c < to; c++) if (notes.has(c)) return true;
    return false;
  }

  // Plotly reads a few tags in a hover text; what comes from data is made harmless.
  const plain = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  function hover(line, commit, value, lower, upper) {
    const site = perfwatch.site;
    const interval = Number.isFinite(lower) && Number.isFinite(upper)
      ? `<br>99 %: ${perfwatch.show(lower, line.one.unit)} – ${perfwatch.show(upper, line.one.unit)}` : "";
    const subject = (site.commits.subject[commit] || "").slice(0, 70);
    return `${line.name === line.one.label ? "" : plain(line.name) + "<br>"}<b>${plain(perfwatch.show(value, line.one.unit))}</b>${plain("")}${interval}` +
      `<br>${perfwatch.shortHash(commit)} ${perfwatch.day(commit)}<br>${plain(subject)}`;
  }

  function band(drawn, colour) {
    if (drawn.y.length > 3000 || drawn.lower.every((v, i) => v === drawn.y[i])) return [];
    const same = { type: "scatter", mode: "lines", x: drawn.x, line: { width: 0 }, hoverinfo: "skip", connectgaps: false };
    return [{ ...same, y: drawn.upper }, { ...same, y: drawn.lower, fill: "tonexty", fillcolor: colour + "30" }];
  }

  // The median of each stretch between steps.
  function levels(line, axis) {
    const { one, points } = line;
    if (!one.steps.length) return [];
    const commits = perfwatch.site.places[one.place].commits;
    const bounds = [0, ...one.steps, Infinity];
    const x = [], y = [];
    for (let i = 0; i + 1 < bounds.length; i++) {
      const inside = points.column.map((c, k) => [c, points.value[k]]).filter(([c, v]) => c >= bounds[i] && c < bounds[i + 1] && Number.isFinite(v) && axis.has(commits[c]));
      if (!inside.length) continue;
      const sorted = inside.map(([, v]) => v).sort((a, b) => a - b);
      const middle = (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
      x.push(axis.at(commits[inside[0][0]]), axis.at(commits[inside[inside.length - 1][0]]), null);
      y.push(middle, middle, null);
    }
    return [{ type: "scatter", mode: "lines", x, y, line: { color: "#d55e00", width: 2 }, hoverinfo: "skip", connectgaps: false }];
  }

  function steps(line, axis) {
    const commits = perfwatch.site.places[line.one.place].commits;
    return line.one.steps.filter((c) => axis.has(commits[c])).map((c) => ({
      type: "line", x0: axis.at(commits[c]), x1: axis.at(commits[c]), y0: 0, y1: 1, yref: "paper",
      line: { color: "#d55e00", width: 1, dash: "dot" },
    }));
  }
})();
