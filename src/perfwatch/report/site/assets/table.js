"use strict";
// The first page: every series with its newest value, searched, sorted and paged; above it what stands open.
(function () {
  const ROWS = 50;
  const COLUMNS = [
    { key: "name", name: "benchmark" },
    { key: "value", name: "newest", number: true },
    { key: "spark", name: "newest 32 commits", unsorted: true },
    { key: "change", name: "last change", number: true },
    { key: "since", name: "since" },
    { key: "n", name: "commits", number: true },
  ];

  perfwatch.overview = (query) => {
    const { h, site, list } = perfwatch;
    const open = site.events.filter((e) => perfwatch.isOpen(e));
    const newest = site.commits.hash.length - 1;
    const places = site.places.length;
    const summary = h("p", { class: "quiet" },
      `${list.length.toLocaleString("en-US")} series, ${(newest + 1).toLocaleString("en-US")} commits, ` +
      `${places} ${places === 1 ? "place" : "places"} (machine and environment). Newest commit: `,
      perfwatch.commitLink(newest), ` ${perfwatch.day(newest)} ${site.commits.subject[newest] || ""}`);
    const news = open.length
      ? [h("h2", {}, `Open events (${open.length})`), perfwatch.eventList(open.slice(0, 5)),
        open.length > 5 ? h("p", {}, h("a", { href: "#/events" }, `all ${open.length}`)) : ""]
      : [h("p", {}, "No open event: nothing that was judged has changed for the worse, or the better, and still stands.")];
    return [h("h1", {}, site.title), summary, ...news, h("h2", {}, "Benchmarks"), ...table(query)];
  };

  function table(query) {
    const { h, site } = perfwatch;
    const state = {
      search: query.get("q") || "", place: query.get("place") || "", changed: query.get("changed") === "1",
      old: query.get("old") === "1", sort: query.get("sort") || "name", down: query.get("down") === "1",
      page: Math.max(1, +query.get("page") || 1),
    };
    const body = h("div", {});
    const redraw = (change) => {
      Object.assign(state, { page: 1 }, change);
      perfwatch.remember({
        q: state.search, place: state.place, changed: state.changed ? "1" : "", old: state.old ? "1" : "",
        sort: state.sort === "name" ? "" : state.sort, down: state.down ? "1" : "",
        page: state.page > 1 ? String(state.page) : "",
      });
      body.replaceChildren(...drawn(state, redraw));
    };
    const check = (name, key) => h("label", { class: "check" },
      h("input", { type: "checkbox", checked: state[key], onchange: (e) => redraw({ [key]: e.target.checked }) }), name);
    const controls = h("div", { class: "controls" },
      h("label", {}, "Search", h("input", {
        type: "search", value: state.search, placeholder: "words of name or parameters",
        oninput: (e) => redraw({ search: e.target.value }),
      })),
      site.places.length > 1 ? h("label", {}, "Machine and environment", h("select", {
        onchange: (e) => redraw({ place: e.target.value }),
      }, h("option", { value: "" }, "all"), site.places.map((_, i) =>
        h("option", { value: i, selected: state.place === String(i) }, perfwatch.placeName(i))))) : "",
      check("changed only", "changed"),
      perfwatch.list.some((s) => s.isOld) ? check("older versions", "old") : "");
    body.replaceChildren(...drawn(state, redraw));
    return [controls, body];
  }

  function chosen(state) {
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    const found = perfwatch.list.filter((s) =>
      (state.old || !s.isOld) && (state.place === "" || s.place === +state.place) &&
      (!state.changed || s.ratio !== null) && words.every((w) => s.label.toLowerCase().includes(w)));
    const by = {
      name: (s) => s.label, value: (s) => s.lastValue, n: (s) => s.n, since: (s) => (s.since === null ? NaN : s.since),
      change: (s) => (s.ratio > 0 ? Math.abs(Math.log(s.ratio)) : NaN),
    }[state.sort] || ((s) => s.label);
    const sign = state.down ? -1 : 1;
    return found.sort((a, b) => {
      const x = by(a), y = by(b);
      // What has none comes last either way.
      if (x !== x || y !== y) return (x !== x) - (y !== y);
      return sign * (x < y ? -1 : x > y ? 1 : a.label < b.label ? -1 : 1);
    });
  }

  function drawn(state, redraw) {
    const { h } = perfwatch;
    const found = chosen(state);
    if (!found.length) return [h("p", { class: "quiet" }, "No series fits; search for less.")];
    const pages = Math.ceil(found.length / ROWS);
    const page = Math.min(state.page, pages);
    const shown = found.slice((page - 1) * ROWS, page * ROWS);
    const head = h("tr", {}, COLUMNS.map((c) => {
      const sorted = state.sort === c.key ? (state.down ? "descending" : "ascending") : null;
      const sort = () => redraw({ sort: c.key, down: sorted ? !state.down : c.key !== "name" });
      return h("th", { class: c.number ? "number" : null, scope: "col", "aria-sort": sorted },
        c.unsorted ? c.name : h("button", { onclick: sort }, c.name + (sorted ? (state.down ? " ↓" : " ↑") : "")));
    }));
    return [
      h("p", { class: "quiet", role: "status" }, `${found.length.toLocaleString("en-US")} series`),
      h("div", { class: "wide" }, h("table", {}, h("thead", {}, head), h("tbody", {}, shown.map(row)))),
      pages > 1 ? h("div", { class: "pages" },
        h("button", { disabled: page === 1, onclick: () => redraw({ page: page - 1 }) }, "Previous"),
        h("span", {}, `page ${page} of ${pages}`),
        h("button", { disabled: page === pages, onclick: () => redraw({ page: page + 1 }) }, "Next")) : "",
    ].filter(Boolean);
  }

  function row(one) {
    const { h, site } = perfwatch;
    const place = site.places.length > 1 ? h("span", { class: "place" }, perfwatch.placeName(one.place)) : "";
    const old = one.isOld ? h("span", { class: "place" }, `older version ${(one.version || "without a name").slice(0, 12)}`) : "";
    return h("tr", {},
      h("td", { class: "name" }, h("a", { href: `#/series/${one.id}` }, one.label), place, old),
      h("td", { class: "number" }, perfwatch.show(one.lastValue, one.unit)),
      h("td", {}, perfwatch.spark(one.spark)),
      h("td", { class: `number ${perfwatch.sideOf(one.ratio, one.unit)}` }, one.ratio === null ? "" : perfwatch.showRatio(one.ratio)),
      h("td", { class: "when" }, one.since === null ? "" : h("span", { class: "hash", title: site.commits.subject[one.since] }, perfwatch.shortHash(one.since)),
        one.since === null ? "" : ` ${perfwatch.day(one.since)}`),
      h("td", { class: "number" }, String(one.n)));
  }
})();
