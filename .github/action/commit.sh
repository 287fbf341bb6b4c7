#!/usr/bin/env bash
# A commit of the project's own: commit.sh restore | measure | judge, one after the other.
# PERFWATCH: the program; INPUT_*: the inputs of action.yml.
#   restore   brings the store here
#   measure   measures HEAD with asv, unless INPUT_RESULTS names what has been measured already; needs no token
#   judge     loads, judges, tells, publishes, takes the store back; the exit code is the verdict, also where the check
#             failed: what was measured is kept
set -euo pipefail
action=$(cd "$(dirname "$0")" && pwd)
: "${INPUT_STORE:=branch:perfwatch-data}"
# shellcheck source=settings.sh
. "$action/settings.sh"
# shellcheck source=store.sh
. "$action/store.sh"

measure() {
    if [ -n "${INPUT_RESULTS:-}" ]; then return 0; fi
    local code=0 newest=
    # A store that is there begins where it began; whether a server's is empty is not for this step to ask.
    case "${PERFWATCH_STORE:-}" in
        "" | quack:* | ducklake:*) ;;
        *) if [ ! -e "$PERFWATCH_STORE" ]; then newest=${INPUT_HISTORY:-}; fi ;;
    esac
    measured "$PERFWATCH" run ${newest:+--newest "$newest"} ${INPUT_BENCH:+--bench "$INPUT_BENCH"} || code=$?
    # 9: a benchmark failed, which the judge reports with its reason.
    case "$code" in 0 | 9) ;; *) return "$code" ;; esac
}

# What a race repeats: loading what is loaded changes nothing.
load() {
    if [ -n "${INPUT_RESULTS:-}" ]; then
        "$PERFWATCH" ingest "$INPUT_RESULTS" --repo . --commit HEAD ${PERFWATCH_MACHINE:+--machine "$PERFWATCH_MACHINE"}
    else
        "$PERFWATCH" ingest
    fi
}

# Whether the job or the project's own settings say whom to tell.
tells_somebody() {
    "$(dirname "$PERFWATCH")/python" -c 'import os, sys
from perfwatch.config import load
found = load()
sys.exit(not (found.notify.get("sinks") or found.webhook_url or os.environ.get("PERFWATCH_APPRISE_URLS", "").strip()))'
}

# Before the store is taken back: it knows then who has been told what.
tell() {
    local names sinks=() name
    # Blanks or lines between them; `read` ends with 1 where nothing ends the text.
    read -rd '' -a names <<<"${INPUT_NOTIFY:-}" || true
    for name in "${names[@]}"; do sinks+=(--sink "$name"); done
    if [ "${#sinks[@]}" = 0 ] && ! tells_somebody; then return 0; fi
    # In a shell of its own: the token is in the environment of this one command, and no list of processes shows it.
    (
        if [ -n "${INPUT_TOKEN:-}" ]; then export GITHUB_TOKEN="$INPUT_TOKEN"; fi
        exec "$PERFWATCH" notify "${sinks[@]}"
    )
}

thin() {
    if [ -n "${INPUT_PRUNE:-}" ]; then "$PERFWATCH" prune --older-than "$INPUT_PRUNE" --yes; fi
}

judge() {
    local verdict=0 told=0 saved=75 attempt
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        load
        if [ "$attempt" = 1 ]; then
            "$PERFWATCH" check ${GITHUB_ACTIONS:+--format github} ${INPUT_JUNIT:+--output "junit=$INPUT_JUNIT"} || verdict=$?
        else
            # Said already; the events of both runs belong into the store.
            "$PERFWATCH" check >/dev/null || true
        fi
        # The verdict stands whether or not somebody could be told of it.
        told=0 saved=0
        tell || told=$?
        thin
        store_save || saved=$?
        if [ "$saved" != 75 ]; then break; fi
        echo "another run has saved its store meanwhile: once more, on top of it"
        store_restore
    done
    if [ "$saved" = 75 ]; then
        echo "::error::store: other runs were quicker ten times; let them wait for each other, with a concurrency group"
        saved=4
    fi
    if [ -n "${INPUT_PUBLISH:-}" ]; then "$PERFWATCH" publish "$INPUT_PUBLISH"; fi
    echo "verdict=$verdict" >>"${GITHUB_OUTPUT:-/dev/null}"
    for code in "$verdict" "$saved" "$told"; do
        if [ "$code" != 0 ]; then return "$code"; fi
    done
}

case "${1:-}" in
    restore)
        store_restore
        if [ "$store_kind" = artefact ]; then
            echo "artefact=$store_name" >>"${GITHUB_OUTPUT:-/dev/null}"
            echo "file=$PERFWATCH_STORE" >>"${GITHUB_OUTPUT:-/dev/null}"
        fi
        ;;
    measure) measure ;;
    judge) judge ;;
    *)
        echo "commit.sh: say restore, measure or judge" >&2
        exit 4
        ;;
esac
