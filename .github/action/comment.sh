#!/usr/bin/env bash
# Writes what a pull request's measurement found: takes the artefact of the run that the event workflow_run is about, and
# hands it to `perfwatch comment`, which asks the forge whose it is. Nothing of the pull request is checked out or run, and
# nothing in the artefact says where to write.
# PERFWATCH: the program; GITHUB_TOKEN: may read artefacts, comment and write check runs: unlike a status, they can be
# neutral, which is what was not decided, and what somebody has let pass.
set -euo pipefail
action=$(cd "$(dirname "$0")" && pwd)
# Where there is a checkout, of the default branch, its settings say what the project is called.
if [ -d "${INPUT_FOLDER:-.}" ]; then cd "${INPUT_FOLDER:-.}"; fi

# What a report of 2,000 series takes is a tenth of this.
limit=5000000
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python="$(dirname "$PERFWATCH")/python"
run=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["workflow_run"]["id"])' "${GITHUB_EVENT_PATH:?}")

"$python" "$action/artefact.py" --limit "$limit" of-run "$run" perfwatch-pull "$folder/pr.json"
if [ ! -e "$folder/pr.json" ]; then
    echo "::notice::run $run measured nothing, so there is nothing to comment; its log says why"
    exit 0
fi
"$PERFWATCH" comment "$folder/pr.json" --mark check
