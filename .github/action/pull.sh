#!/usr/bin/env bash
# Measures a pull request beside what it goes into, and writes what came out for the workflow that may comment.
# PERFWATCH: the program; INPUT_*: the inputs of action.yml. BASE, HEAD: what to measure, by default what the event of the
# workflow says. PULL_DOCUMENT: where to write [pr.json].
#
# What is measured may be anybody's: no token is here, none is needed, and the exit code is the verdict.
set -euo pipefail
action=$(cd "$(dirname "$0")" && pwd)
document=$(realpath -m "${PULL_DOCUMENT:-pr.json}")
# shellcheck source=settings.sh
. "$action/settings.sh"

# The commit that GitHub checks out is the merge of both; measured are the two themselves, of which one is the head that a
# comment is about.
of_file() {
    "$(dirname "$PERFWATCH")/python" -c 'import functools, json, sys
print(functools.reduce(dict.__getitem__, sys.argv[2:], json.load(open(sys.argv[1]))))' "$@"
}
base=${BASE:-$(of_file "${GITHUB_EVENT_PATH:?}" pull_request base sha)}
head=${HEAD:-$(of_file "${GITHUB_EVENT_PATH:?}" pull_request head sha)}

# A label is set by who may triage, which who wrote the change may not be.
label=perfwatch-allow
is_allowed() {
    case ",${CI_MERGE_REQUEST_LABELS:-}," in *",$label,"*) return 0 ;; esac
    [ -n "${GITHUB_EVENT_PATH:-}" ] && "$(dirname "$PERFWATCH")/python" -c 'import json, sys
pull = json.load(open(sys.argv[1])).get("pull_request", {})
sys.exit(sys.argv[2] not in [label["name"] for label in pull.get("labels", [])])' "$GITHUB_EVENT_PATH" "$label"
}
if is_allowed; then override="the pull request's label $label"; else override=""; fi

# Who may push to this repository may say in a commit's message that it may cost what it costs. What a stranger says
# there nobody has read yet; where it is not known whose it is, it is a stranger's.
is_own() {
    if [ -n "${CI_MERGE_REQUEST_PROJECT_ID:-}" ]; then
        [ "${CI_MERGE_REQUEST_SOURCE_PROJECT_ID:-}" = "$CI_MERGE_REQUEST_PROJECT_ID" ]
    elif [ -n "${GITHUB_EVENT_PATH:-}" ]; then
        # A fork that was deleted has no name.
        "$(dirname "$PERFWATCH")/python" -c 'import json, sys
pull = json.load(open(sys.argv[1]))["pull_request"]
sys.exit((pull["head"]["repo"] or {}).get("full_name") != pull["base"]["repo"]["full_name"])' "$GITHUB_EVENT_PATH"
    fi
}
if is_own; then trailers=""; else trailers=--no-trailers; fi

verdict=0
measured "$PERFWATCH" pr "$base" "$head" --out "$document" ${INPUT_BENCH:+--bench "$INPUT_BENCH"} \
    ${INPUT_ROUNDS:+--rounds "$INPUT_ROUNDS"} ${INPUT_BUDGET:+--budget "$INPUT_BUDGET"} \
    ${override:+--override "$override"} ${trailers:+"$trailers"} ${GITHUB_ACTIONS:+--format github} || verdict=$?
{
    echo "document=$document"
    echo "verdict=$verdict"
} >>"${GITHUB_OUTPUT:-/dev/null}"
# 5 where the project's own rules leave out all that changed: not clean, since nothing was compared, and nobody's failure.
if [ "$verdict" = 5 ] && [ "$(of_file "$document" choice how)" = nothing ]; then
    echo "::notice::only files changed that the rules of this project leave out: nothing was measured"
    exit 0
fi
exit "$verdict"
