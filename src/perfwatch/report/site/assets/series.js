"use strict";
// A page of one series, or of several beside each other: chart, events, points as a table, what else there is like it.
(function () {
  const ROWS = 50, MOST = 6;

  perfwatch.seriesPage = async (ids, query) => {
    const { h, site } = perfwatch;
    const chosen = ids.map((id) => site.series.get(id));
    if (chosen.some((s) => !s)) {
      return [h("h1", {}, "No such series"), h("p", {}, "This link names a series that the site does not have (any more). ",
        h("a", { href: "#/" }, "All benchmarks"))];
    }
    const [one] = chosen;
    const [points] = await Promise.all([Promise.all(chosen.map(perfwatch.pointsOf)), window.Plotly || perfwatch.script("assets/plotly.min.js")]);
    const options = { byDate: query.get("x") === "date", log: query.get("log") === "1" };
    const lines = chosen.map((s, i) => ({ one: s, points: points[i], name: nameIn(chosen, s) }));
    const chart = h("div", { class: "chart", role: "img", "aria-label": `${one.label} over commits; the table below has the same numbers` });
    const draw = () => perfwatch.chart(chart, lines, options);
    const toggle = (name, key, parameter, value) => h("label", { class: "check" }, h("input", {
      type: "checkbox", checked: options[key],
      onchange: (e) => {
        options[key] = e.target.checked;
        perfwatch.remember({ x: options.byDate ? "date" : "", log: options.log ? "1" : "" });
        draw();
      },
    }), name);
    perfwatch.afterShown = () => {
      draw();
      const dark = matchMedia("(prefers-color-scheme: dark)");
      dark.onchange = draw;
    };
    return [
      h("h1", {}, chosen.length > 1 ? `${one.benchmark}: ${chosen.length} series` : one.label),
      h("p", { class: "quiet" }, perfwatch.placeName(one.place), one.isOld ? ` · an older version of the benchmark` : "",
        one.version ? ` · version ${one.version.slice(0, 12)}` : ""),
      state(one),
      h("div", { class: "controls" }, toggle("by date", "byDate"), toggle("logarithmic", "log"),
        h("button", { onclick: () => save(lines) }, "Download CSV")),
      chart,
      chosen.length > 1 ? legend(chosen) : "",
      ...related(one),
      ...alike(chosen),
      h("h2", {}, chosen.length > 1 ? `Points of ${one.label}` : "Points"),
      pointsTable(lines[0]),
    ].filter(Boolean);
  };

  function state(one) {
    const { h } = perfwatch;
    const change = one.ratio === null ? "" : [" · since ", perfwatch.commitLink(one.since), " ",
      h("span", { class: perfwatch.sideOf(one.ratio, one.unit) }, perfwatch.showRatio(one.ratio))];
    return h("p", {}, "Newest: ", h("strong", {}, perfwatch.show(one.lastValue, one.unit)), " at ",
      perfwatch.commitLink(one.lastCommit), ` ${perfwatch.day(one.lastCommit)}`, ...change);
  }

  // What tells one of several lines from the others.
  function nameIn(chosen, one) {
    const parts = [];
    if (new Set(chosen.map((s) => s.label)).size > 1) parts.push(one.label);
    if (new Set(chosen.map((s) => s.place)).size > 1) parts.push(perfwatch.placeName(one.place));
    if (new Set(chosen.map((s) => s.version)).size > 1 && one.version) parts.push(`version ${one.version.slice(0, 8)}`);
    return parts.join(" · ") || one.label;
  }

  function legend(chosen) {
    const { h } = perfwatch;
    const marks = ["● blue", "◆ vermillion", "■ green", "▲ pink", "✕ olive", "★ grey"];
    return h("ul", { class: "legend" }, chosen.map((s, i) => h("li", {},
      `${marks[i % 6]}: `, h("a", { href: `#/series/${s.id}` }, nameIn(chosen, s)), " ",
      h("button", { "aria-label": `leave out ${nameIn(chosen, s)}`, onclick: () => {
        location.hash = `#/series/${chosen.filter((o) => o !== s).map((o) => o.id).join(",")}`;
      } }, "leave out"))));
  }

  function related(one) {
    const { h, site } = perfwatch;
    const events = site.events.filter((e) => e.place === one.place && e.moved.some((m) => m.label === one.label));
    return events.length ? [h("h2", {}, "Events"), perfwatch.eventList(events)] : [];
  }

  // The same benchmark with other parameters, elsewhere, or in another version: to be drawn beside it.
  function alike(chosen) {
    const { h } = perfwatch;
    const [one] = chosen;
    const others = perfwatch.list.filter((s) => !chosen.includes(s) && s.benchmark === one.benchmark && s.unit === one.unit &&
      (s.place === one.place || s.label === one.label));
    if (!others.length || chosen.length >= MOST) return [];
    const select = h("select", { "aria-label": "series to draw beside" },
      others.slice(0, 2000).map((s) => h("option", { value: s.id }, nameIn([one, s], s))));
    return [h("div", { class: "controls" }, h("label", {}, `Draw beside (${others.length} like it)`, select),
      h("button", { onclick: () => { location.hash = `#/series/${[...chosen.map((s) => s.id), select.value].join(",")}`; } }, "Add"))];
  }

  function pointsTable(line) {
    const { h, site } = perfwatch;
    const { one, points } = line;
    const commits = site.places[one.place].commits;
    const rows = points.column.map((column, i) => ({ column, i }));
    for (const column of points.notes.keys()) rows.push({ column, i: null });
    rows.sort((a, b) => b.column - a.column);
    const holder = h("div", {});
    const draw = (page) => {
      const pages = Math.max(1, Math.ceil(rows.length / ROWS));
      const body = rows.slice((page - 1) * ROWS, page * ROWS).map(({ column, i }) => {
        const commit = commits[column];
        const interval = i !== null && Number.isFinite(points.lower[i]) && Number.isFinite(points.upper[i])
          ? `${perfwatch.show(points.lower[i], one.unit)} – ${perfwatch.show(points.upper[i], one.unit)}` : "";
        return h("tr", {}, h("td", {}, perfwatch.commitLink(commit)), h("td", { class: "when" }, perfwatch.day(commit)),
          h("td", { class: "number" }, i === null ? points.notes.get(column) : perfwatch.show(points.value[i], one.unit)),
          h("td", { class: "number" }, interval), h("td", {}, one.steps.includes(column) ? "a new level begins" : ""),
          h("td", { class: "name" }, site.commits.subject[commit] || ""));
      });
      holder.replaceChildren(
        h("div", { class: "wide" }, h("table", {}, h("thead", {}, h("tr", {}, ["commit", "date", "value", "99 % interval", "", "subject"].map((name, k) =>
          h("th", { scope: "col", class: k === 2 || k === 3 ? "number" : null }, name)))), h("tbody", {}, body))),
        pages > 1 ? h("div", { class: "pages" },
          h("button", { disabled: page === 1, onclick: () => draw(page - 1) }, "Newer"), h("span", {}, `page ${page} of ${pages}`),
          h("button", { disabled: page === pages, onclick: () => draw(page + 1) }, "Older")) : "");
    };
    draw(1);
    return holder;
  }

  // What is shown, with all digits.
  function save(lines) {
    const site = perfwatch.site;
    const quoted = (text) => `"${String(text).replace(/"/g, '""')}"`;
    const out = ["series,machine,environment,unit,commit,date,value,lower,upper,note"];
    for (const { one, points } of lines) {
      const place = site.places[one.place];
      const head = [one.label, place.machine, place.environment, one.unit.name].map(quoted).join(",");
      const number = (v) => (Number.isNaN(v) ? "" : v);
      const line = (column, value, lower, upper, note) => {
        const commit = place.commits[column];
        out.push(`${head},${site.commits.hash[commit]},${perfwatch.day(commit)},${value},${lower},${upper},${note ? quoted(note) : ""}`);
      };
      points.column.forEach((c, i) => line(c, points.value[i], number(points.lower[i]), number(points.upper[i]), ""));
      for (const [c, note] of points.notes) line(c, "", "", "", note);
    }
    const link = perfwatch.h("a", { href: URL.createObjectURL(new Blob([out.join("\n") + "\n"], { type: "text/csv" })), download: `${lines[0].one.benchmark}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
})();
