#!/bin/sh
# What CI does at each commit, on the pinned runner: measure HEAD, load, gate, tell.
# PERFWATCH: the program; SIZE, BENCH: what to measure; STATE_DIR: the runner's own folder, which outlives the checkout. The
# store in it is what the next run, from another fresh clone, finds its baseline in; asv's files are kept beside it.
# SINKS: whom to tell beside the webhook and the addresses of PERFWATCH_APPRISE_URLS, `--sink github-issue …`.
set -eu

mkdir -p "$STATE_DIR"
export PERFWATCH_STORE="$STATE_DIR/perfwatch.duckdb"
# What is measured is given nothing that opens a door.
closed() { env -u GITHUB_TOKEN -u PERFWATCH_WEBHOOK_URL -u PERFWATCH_WEBHOOK_SECRET -u PERFWATCH_APPRISE_URLS "$@"; }
closed "$PERFWATCH" run --size "$SIZE" --bench "$BENCH" || measured=$?
# 9: a benchmark failed, which the check below reports with its reason.
case "${measured:-0}" in 0 | 9) ;; *) exit "$measured" ;; esac
"$PERFWATCH" ingest
cp -R .asv/results .asv/runs "$STATE_DIR"
"$PERFWATCH" check ${GITHUB_ACTIONS:+--format github} || verdict=$?
# The verdict stands whether or not somebody could be told of it.
if [ -n "${PERFWATCH_WEBHOOK_URL:-}${PERFWATCH_APPRISE_URLS:-}" ]; then "$PERFWATCH" notify || told=$?; fi
# shellcheck disable=SC2086 # several words
if [ -n "${SINKS:-}" ]; then "$PERFWATCH" notify $SINKS || told=$?; fi
exit "${verdict:-${told:-0}}"
