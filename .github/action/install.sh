#!/usr/bin/env bash
# Installs perfwatch into an environment of its own, away from the project's Python, and says where its program is.
# INPUT_MODE: what comes after; INPUT_PYTHON: the Python to make it with; INPUT_VERSION: a release of an index, empty for
# the checkout this script is of; INPUT_STORE: a store behind a server or in a lake needs DuckDB's extensions;
# PERFWATCH_APPRISE_URLS: where it is set, Apprise is needed.
# The engine is not built: it belongs to perfwatch's own suite, and another project needs no Rust.
set -euo pipefail

checkout=$(cd "$(dirname "$0")/../.." && pwd)
environment="${RUNNER_TEMP:?}/perfwatch-environment"
extras=
case "${INPUT_STORE:-}" in quack:* | ducklake:*) extras=team ;; esac
if [ -n "${PERFWATCH_APPRISE_URLS:-}" ]; then extras=${extras:+$extras,}notify; fi
extras=${extras:+[$extras]}
if [ -n "${INPUT_VERSION:-}" ]; then what="perfwatch$extras==$INPUT_VERSION"; else what="$checkout$extras"; fi

case "${INPUT_MODE:-commit}" in
    commit | pull | comment) ;;
    *) # Every other step asks for its own mode: none would run, and the job would be green.
        echo "::error::mode: $INPUT_MODE is none; write commit, pull or comment"
        exit 4
        ;;
esac
python=${INPUT_PYTHON:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    found=$("$python" -c 'import platform; print("is " + platform.python_version())' 2>/dev/null || echo "cannot be started")
    echo "::error::perfwatch needs Python 3.11 or newer, and $python $found; name one with the input python, or put actions/setup-python before"
    exit 4
}
echo "::group::install perfwatch"
"$python" -m venv "$environment"
PERFWATCH_WITHOUT_ENGINE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 "$environment/bin/python" -m pip install --quiet "$what"
"$environment/bin/perfwatch" --version
echo "::endgroup::"
echo "program=$environment/bin/perfwatch" >>"${GITHUB_OUTPUT:-/dev/null}"
