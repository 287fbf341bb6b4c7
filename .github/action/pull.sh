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
of_event() {
    "$(dirname "$PERFWATCH")/python" -c 'import json, sys
print(json.load(open(sys.argv[1]))["pull_request"][sys.argv[2]]["sha"])' "${GITHUB_EVENT_PATH:?}" "$1"
}
base=${BASE:-$(of_event base)}
head=${HEAD:-$(of_event head)}

verdict=0
measured "$PERFWATCH" pr "$base" "$head" --out "$document" ${INPUT_BENCH:+--bench "$INPUT_BENCH"} \
    ${INPUT_ROUNDS:+--rounds "$INPUT_ROUNDS"} || verdict=$?
{
    echo "document=$document"
    echo "verdict=$verdict"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$verdict"
