#!/bin/sh
# What CI does at each commit, on the pinned runner: measure HEAD, load, gate, tell.
# PERFWATCH: the program; SIZE, BENCH: what to measure; STATE_DIR: the runner's own folder, which outlives the checkout. The
# store in it is what the next run, from another fresh clone, finds its baseline in; asv's files are kept beside it.
set -eu

mkdir -p "$STATE_DIR"
export PERFWATCH_STORE="$STATE_DIR/perfwatch.duckdb"
"$PERFWATCH" run --size "$SIZE" --bench "$BENCH" || measured=$?
# 9: a benchmark failed, which the check below reports with its reason.
case "${measured:-0}" in 0 | 9) ;; *) exit "$measured" ;; esac
"$PERFWATCH" ingest
cp -R .asv/results .asv/runs "$STATE_DIR"
"$PERFWATCH" check ${GITHUB_ACTIONS:+--format github} || verdict=$?
# The verdict stands whether or not somebody could be told of it.
if [ -n "${PERFWATCH_WEBHOOK_URL:-}" ]; then "$PERFWATCH" notify || told=$?; fi
exit "${verdict:-${told:-0}}"
