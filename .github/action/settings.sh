# shellcheck shell=bash disable=SC2034 # the variables are for who sources this
# Sourced by the others: what the action's inputs mean, where the store lies on this machine, and under which name.
# A runner of the forge's is another machine each time, with another name; its series would all be one point long.

store_kind=elsewhere store_name=
case "${INPUT_STORE:-}" in
    "") ;; # what the project's own settings say
    branch:?* | artefact:?*)
        store_kind=${INPUT_STORE%%:*} store_name=${INPUT_STORE#*:}
        store_folder="${RUNNER_TEMP:?}/perfwatch-store"
        mkdir -p "$store_folder"
        export PERFWATCH_STORE="$store_folder/perfwatch.duckdb"
        ;;
    branch: | artefact:)
        echo "::error::store: $INPUT_STORE names nothing; write for example ${INPUT_STORE}perfwatch-data"
        exit 4
        ;;
    *) export PERFWATCH_STORE="$INPUT_STORE" ;;
esac

if [ -n "${INPUT_MACHINE:-}" ]; then
    export PERFWATCH_MACHINE="$INPUT_MACHINE"
elif [ "${RUNNER_ENVIRONMENT:-}" = github-hosted ]; then
    export PERFWATCH_MACHINE="github-${RUNNER_OS:-}-${RUNNER_ARCH:-}"
elif [ -n "${RUNNER_NAME:-}" ]; then
    export PERFWATCH_MACHINE="$RUNNER_NAME"
fi
if [ -n "${INPUT_SIZE:-}" ]; then export PERFWATCH_SIZE="$INPUT_SIZE"; fi
cd "${INPUT_FOLDER:-.}" 2>/dev/null || {
    echo "::error::folder: $INPUT_FOLDER is no folder of the checkout; name the one that asv.conf.json is in"
    exit 4
}
if ! git rev-parse --git-dir >/dev/null; then
    echo "::error::no checkout of the project here that git can read: actions/checkout has to come before this step"
    exit 4
fi
if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
    echo "::error::the checkout is shallow, and does not know the order of commits: give actions/checkout fetch-depth: 0 (GitLab: GIT_DEPTH: 0)"
    exit 4
fi

# What is measured, in an environment without what could be taken from it: tokens, and files that steer later steps.
measured() {
    env -u GITHUB_TOKEN -u GH_TOKEN -u INPUT_TOKEN -u ACTIONS_RUNTIME_TOKEN -u ACTIONS_ID_TOKEN_REQUEST_TOKEN \
        -u ACTIONS_ID_TOKEN_REQUEST_URL -u CI_JOB_TOKEN -u GITLAB_TOKEN -u PERFWATCH_STORE_TOKEN -u PERFWATCH_NOTE_TOKEN \
        -u PERFWATCH_WEBHOOK_URL -u PERFWATCH_WEBHOOK_SECRET -u PERFWATCH_APPRISE_URLS \
        -u GITHUB_ENV -u GITHUB_PATH -u GITHUB_OUTPUT "$@"
}
