#!/bin/sh
# What the scheduled workflow does on the pinned runner: measure what the newest commits lack, load, judge, measure again
# what is suspected, tell. PERFWATCH: the program; COMMITS: how many of the newest; SIZE, BENCH: what of the suite;
# BUDGET: minutes for what is suspected; STATE_DIR: the runner's own folder, which outlives the checkout.
# SINKS: whom to tell beside the webhook and the addresses of PERFWATCH_APPRISE_URLS, `--sink github-issue …`.
set -eu

mkdir -p "$STATE_DIR" .asv
# What is measured is given nothing that opens a door.
closed() { env -u GITHUB_TOKEN -u PERFWATCH_WEBHOOK_URL -u PERFWATCH_WEBHOOK_SECRET -u PERFWATCH_APPRISE_URLS "$@"; }
export PERFWATCH_STORE="$STATE_DIR/perfwatch.duckdb"
# A fresh clone knows nothing of what was measured; what is measured is not measured again.
for kept in results runs; do
  if [ -d "$STATE_DIR/$kept" ]; then cp -R "$STATE_DIR/$kept" .asv/; fi
done
closed "$PERFWATCH" run --newest "$COMMITS" --size "$SIZE" --bench "$BENCH" || measured=$?
# 9: a commit did not build or a benchmark failed, which the check below reports with its reason.
case "${measured:-0}" in 0 | 9) ;; *) exit "$measured" ;; esac
"$PERFWATCH" ingest
cp -R .asv/results .asv/runs "$STATE_DIR"
# To know what is suspected; what it ends with is asked again below, when it is known what of it is real.
"$PERFWATCH" check >/dev/null || judged=$?
case "${judged:-0}" in 2 | 3 | 4 | 8) exit "$judged" ;; esac
closed "$PERFWATCH" confirm --budget "$BUDGET" || confirmed=$?
# 7: not decided, so it is measured again another night; 9: a side failed, which is said above.
case "${confirmed:-0}" in 0 | 1 | 6 | 7 | 9) ;; *) exit "$confirmed" ;; esac
"$PERFWATCH" check ${GITHUB_ACTIONS:+--format github} || verdict=$?
# The verdict stands whether or not somebody could be told of it.
if [ -n "${PERFWATCH_WEBHOOK_URL:-}${PERFWATCH_APPRISE_URLS:-}" ]; then "$PERFWATCH" notify || told=$?; fi
# shellcheck disable=SC2086 # several words
if [ -n "${SINKS:-}" ]; then "$PERFWATCH" notify $SINKS || told=$?; fi
# What was only suspected, and was found again, fails this as well; an answer found wrong in passing does so all the more.
case "${confirmed:-0}" in
  6) exit 6 ;;
  1) verdict="${verdict:-1}" ;;
esac
exit "${verdict:-${told:-0}}"
