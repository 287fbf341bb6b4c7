# shellcheck shell=bash disable=SC2154 # settings.sh and who sources this set them
# Sourced after settings.sh: the store on a branch or in an artefact, brought here and taken back.
#
# On a branch it is one file of one commit without a parent, replaced at each save: the branch is as large as the store,
# not as its history. It is the store itself, not results to build one of: words on events, accepted fingerprints and
# what has been told to whom are nowhere else, and a store of an older perfwatch is brought up to date when it is opened,
# which an export is not. git deflates it, to a fiftieth where it is small.
#
# PERFWATCH: the program. INPUT_TOKEN: may write to the repository; given to git and to nothing else. STORE_REMOTE: the
# repository that has the branch, by default the one that is built.

store_ref="refs/heads/$store_name"
store_remote=${STORE_REMOTE:-${GITHUB_SERVER_URL:-}/${GITHUB_REPOSITORY:-}.git}
store_git="${RUNNER_TEMP:-/tmp}/perfwatch-store.git"
# The commit that was restored, empty where there was none: what a save replaces, and nothing else.
store_restored="${RUNNER_TEMP:-/tmp}/perfwatch-store.restored"
# GitHub takes files of 100 MB; a warning before.
store_large_bytes=$((50 * 1000 * 1000))

# git with the token in its environment, where no list of processes shows it.
store_git() {
    local settings=(GIT_TERMINAL_PROMPT=0)
    if [ -n "${INPUT_TOKEN:-}" ]; then
        local user=${STORE_USER:-x-access-token}
        settings+=(
            GIT_CONFIG_COUNT=1 "GIT_CONFIG_KEY_0=http.${store_remote%/*}/.extraheader"
            "GIT_CONFIG_VALUE_0=Authorization: Basic $(printf '%s:%s' "$user" "$INPUT_TOKEN" | base64 | tr -d '\n')"
        )
    fi
    env -u GIT_DIR "${settings[@]}" git --git-dir="$store_git" "$@"
}

# Prints the commit the branch is at, nothing where there is none; anything else than an answer is an error: a store that
# could not be asked for is not a store that is not there.
store_tip() {
    local answer
    answer=$(store_git ls-remote "$store_remote" "$store_ref") || {
        echo "::error::store: $store_remote cannot be asked for the branch $store_name; see git's message above" >&2
        return 4
    }
    printf '%s' "${answer%%[[:space:]]*}"
}

store_restore() {
    rm -rf "$PERFWATCH_STORE" "$PERFWATCH_STORE.d"
    case "$store_kind" in
        branch)
            local tip
            git init --quiet --bare "$store_git"
            tip=$(store_tip) || return
            if [ -z "$tip" ]; then
                : >"$store_restored"
                echo "no branch $store_name yet: this run makes it"
                return
            fi
            # What is fetched may be newer than what was just told.
            { store_git fetch --quiet --depth 1 "$store_remote" "$store_ref" &&
                store_git rev-parse FETCH_HEAD >"$store_restored" &&
                store_git cat-file blob FETCH_HEAD:perfwatch.duckdb >"$PERFWATCH_STORE"; } || {
                echo "::error::store: no perfwatch.duckdb can be had of the branch $store_name; is it another's branch?" >&2
                return 8
            }
            echo "store of $(store_megabytes) MB from the branch $store_name"
            ;;
        artefact)
            GITHUB_TOKEN="${INPUT_TOKEN:-}" "$(dirname "$PERFWATCH")/python" "$action/artefact.py" newest "$store_name" "$PERFWATCH_STORE"
            ;;
    esac
}

store_size() { wc -c <"$PERFWATCH_STORE" | tr -d ' '; }

# For people.
store_megabytes() {
    local tenths
    tenths=$((($(store_size) + 50000) / 100000))
    echo "$((tenths / 10)).$((tenths % 10))"
}

# Prints the commit to push: the store and nothing before it.
store_commit() {
    local blob tree
    blob=$(store_git hash-object -w --no-filters "$PERFWATCH_STORE") &&
        tree=$(printf '100644 blob %s\tperfwatch.duckdb\n' "$blob" | store_git mktree) &&
        store_git -c user.name=perfwatch -c user.email=perfwatch@localhost commit-tree "$tree" \
            -m "Measurements up to $(git rev-parse HEAD)"
}

# Returns 75 where another run has saved meanwhile: restore, load and judge again, then save.
store_save() {
    if [ "$store_kind" != branch ]; then return 0; fi
    local expected commit tip
    expected=$(cat "$store_restored") && commit=$(store_commit) || return 4
    if store_git push --quiet --force-with-lease="$store_ref:$expected" "$store_remote" "$commit:$store_ref"; then
        echo "store of $(store_megabytes) MB saved on the branch $store_name"
        if [ "$(store_size)" -gt "$store_large_bytes" ]; then
            echo "::warning::the store nears the 100 MB a branch takes: thin it with the input prune, or move it to a server"
        fi
        return 0
    fi
    tip=$(store_tip) || return 4
    if [ "$tip" != "$expected" ]; then return 75; fi
    echo "::error::store: the branch $store_name cannot be written; the job needs \`permissions: contents: write\`" >&2
    return 4
}
