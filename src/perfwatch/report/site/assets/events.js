"use strict";
// Events: a list, and a page of each with what moved.
(function () {
  const BAD = new Set(["equivalence break", "failure", "vanished benchmark", "regression", "stale runner"]);
  const SETTLED = new Set(["expected", "infra", "noise", "fixed", "recovered"]);

  perfwatch.isOpen = (event) => event.standing !== "RESOLVED" && !(event.triage && SETTLED.has(event.triage.state));

  perfwatch.eventList = (events) => {
    const { h, site } = perfwatch;
    return h("ul", { class: "events" }, events.map((e) => {
      const side = !perfwatch.isOpen(e) ? "over" : BAD.has(e.kind) ? "bad" : e.kind === "improvement" ? "good" : "";
      const where = e.place === null || site.places.length < 2 ? "" : ` · ${perfwatch.placeName(e.place)}`;
      const word = e.triage ? ` · ${e.triage.state} by ${e.triage.author}` : "";
      const commit = e.commit === null ? h("span", { class: "hash" }, e.hash.slice(0, 8)) : perfwatch.commitLink(e.commit);
      return h("li", { class: side },
        h("a", { href: `#/event/${e.id}` }, e.title),
        h("div", { class: "kind" }, `${e.kind} · ${e.standing.toLowerCase()} · `, commit,
          e.commit === null ? "" : ` ${perfwatch.day(e.commit)} ${site.commits.subject[e.commit] || ""}`, where, word));
    }));
  };

  perfwatch.eventsPage = () => {
    const { h, site } = perfwatch;
    if (!site.events.length) {
      return [h("h1", {}, "Events"), h("p", { class: "quiet" }, "Nothing has happened: no change was told, no answer broke, nothing failed or vanished.")];
    }
    const open = site.events.filter(perfwatch.isOpen), over = site.events.filter((e) => !perfwatch.isOpen(e));
    return [h("h1", {}, "Events"), h("h2", {}, `Open (${open.length})`),
      open.length ? perfwatch.eventList(open) : h("p", { class: "quiet" }, "none"),
      h("h2", {}, `Over or settled (${over.length})`), over.length ? perfwatch.eventList(over) : h("p", { class: "quiet" }, "none")];
  };

  perfwatch.eventPage = (id) => {
    const { h, site } = perfwatch;
    const e = site.events.find((one) => one.id === id);
    if (!e) return [h("h1", {}, "No such event"), h("p", {}, h("a", { href: "#/events" }, "All events"))];
    const facts = [["kind", e.kind], ["standing", e.standing.toLowerCase()],
      ["commit", e.commit === null ? e.hash : [perfwatch.commitLink(e.commit), ` ${perfwatch.day(e.commit)} ${site.commits.subject[e.commit] || ""}`]],
      ["where", e.place === null ? "" : perfwatch.placeName(e.place)], ["cause", e.cause || ""],
      ["triage", e.triage ? `${e.triage.state} by ${e.triage.author}${e.triage.reason ? ": " + e.triage.reason : ""}` : "new"]];
    const changed = Object.entries(e.environment);
    return [h("h1", {}, e.title),
      h("dl", {}, facts.filter(([, v]) => v !== "").flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, ...[value].flat())])),
      ...(changed.length ? [h("h2", {}, "What else changed there"), h("dl", {}, changed.flatMap(([name, [a, b]]) =>
        [h("dt", {}, name), h("dd", {}, `${a ?? "—"} → ${b ?? "—"}`)]))] : []),
      ...(e.moved.length ? [h("h2", {}, `What moved (${e.moved.length})`), moved(e)] : [])];
  };

  function moved(e) {
    const { h } = perfwatch;
    return h("div", { class: "wide" }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "benchmark"), h("th", { scope: "col", class: "number" }, "change"), h("th", { scope: "col", class: "number" }, "95 % interval"))),
      h("tbody", {}, e.moved.map((m) => {
        const one = e.place === null ? null : perfwatch.named(e.place, m.label);
        const interval = m.lower === null || m.upper === null ? "" : `${perfwatch.showRatio(m.lower)} to ${perfwatch.showRatio(m.upper)}`;
        return h("tr", {}, h("td", { class: "name" }, one ? h("a", { href: `#/series/${one.id}` }, m.label) : m.label),
          h("td", { class: `number ${one ? perfwatch.sideOf(m.ratio, one.unit) : ""}` }, m.ratio === null ? "" : perfwatch.showRatio(m.ratio)),
          h("td", { class: "number" }, interval));
      }))));
  }
})();
