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

# A label is set by who may triage, which who wrote the change may not be; what a fork's commits allow is not heard at all.
label=perfwatch-allow
facts() {
    case ",${CI_MERGE_REQUEST_LABELS:-}," in *",$label,"*) echo allowed ;; esac
    if [ "${CI_MERGE_REQUEST_SOURCE_PROJECT_ID:-}" != "${CI_MERGE_REQUEST_PROJECT_ID:-}" ]; then echo fork; fi
    if [ -z "${GITHUB_EVENT_PATH:-}" ]; then return 0; fi
    "$(dirname "$PERFWATCH")/python" -c 'import json, sys
pull = json.load(open(sys.argv[1])).get("pull_request")
if pull and sys.argv[2] in [label["name"] for label in pull["labels"]]:
    print("allowed")
if pull and (pull["head"]["repo"] or {}).get("full_name") != pull["base"]["repo"]["full_name"]:
    print("fork")' "$GITHUB_EVENT_PATH" "$label"
}
known=$(facts) override="" unheard=""
for fact in $known; do
    case "$fact" in
        allowed) override="the pull request's label $label" ;;
        fork) unheard=--no-trailers ;;
    esac
done

rm -f "$document"
verdict=0
measured "$PERFWATCH" pr "$base" "$head" --out "$document" ${INPUT_BENCH:+--bench "$INPUT_BENCH"} \
    ${INPUT_ROUNDS:+--rounds "$INPUT_ROUNDS"} ${INPUT_BUDGET:+--budget "$INPUT_BUDGET"} \
    ${override:+--override "$override"} $unheard ${GITHUB_ACTIONS:+--format github} || verdict=$?
{
    echo "document=$document"
    echo "verdict=$verdict"
} >>"${GITHUB_OUTPUT:-/dev/null}"
# 5 where the project's own rules leave out all that changed: not clean, since nothing was compared, and nobody's failure.
if [ "$verdict" = 5 ] && [ -s "$document" ] && [ "$(of_file "$document" choice how)" = nothing ]; then
    echo "::notice::only files changed that the rules of this project leave out: nothing was measured"
    exit 0
fi
exit "$verdict"
