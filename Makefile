# The one entry point: people and CI call the same targets.
#   make demo   build, measure the newest three commits at the quick size, load, check, open the dashboard
#   make test   format, lint, types, Rust and Python tests
PYTHON ?= python3
VENV := .venv
PEERS := .venv-peers
BIN := $(VENV)/bin
# One build folder for every cargo call, so that the wheel, the tests and clippy share what they compile.
export CARGO_TARGET_DIR ?= $(CURDIR)/engine/target

DEMO_BROWSER ?= 1
DEMO_EXIT ?= 0
DEMO_COMMITS ?= 3
# Where the store outlives a checkout; the workflow names a folder of the runner.
STATE_DIR ?= $(CURDIR)/.asv/state
SIZE ?= full
# Only the benchmarks that match, all by default.
BENCH ?= .
# At night: so many of the newest commits, and so many minutes for what is suspected.
COMMITS ?= 5
BUDGET ?= 120
# address or thread.
SANITIZER ?= address

.PHONY: help soak lab-peers study demo test lint rust-test python-test engine-test fuzz miri sanitize bench-commit nightly pull comment bench-detection bench-store bench-publish bench-dashboard screenshots clean

help:
	@sed -n '2,3s/^# *//p' Makefile
	@echo "  make lint · rust-test · python-test   parts of make test"
	@echo "  make engine-test · miri · sanitize    the engine alone; the last two fetch a nightly toolchain"
	@echo "  make fuzz                             ten million inputs against each parser of the engine"
	@echo "  make soak                             fifty loads killed at random, four ingesters and four readers for a minute"
	@echo "  make bench-commit                     what CI runs at each commit (STATE_DIR, SIZE, BENCH)"
	@echo "  make nightly                          what CI runs at night: what the newest commits lack, and what is suspected again"
	@echo "  make pull                             what CI runs at each pull request (BASE, HEAD, SIZE, BENCH), into PULL_DOCUMENT"
	@echo "  make comment                          what CI runs after it, where it may write: the artefact's comment"
	@echo "  make lab-peers                        what \`perfwatch lab\` measures the tick stream beside: Tachyon, iceoryx2"
	@echo "  make bench-detection                  what judging costs, with the detectors of asv and Otava beside it"
	@echo "  make bench-store                      what loading a tree of 5,000 files costs, and what questions to 10 M points do"
	@echo "  make bench-publish                    from such a tree to its site, with asv publish beside it"
	@echo "  make bench-dashboard                  how soon pages show what they are opened for, with 10 M points (ARGS=--help)"
	@echo "  make study                            the tables of the README, from the newest full-size run"
	@echo "  make screenshots                      the pictures of the README, from the store at hand"
	@echo "  make clean                            remove what was built; results and store stay"

# Reinstalled when what is built changed; Python sources are live, the engine is compiled.
ENGINE_SOURCES := $(shell git ls-files engine 2>/dev/null)
$(VENV)/.installed: pyproject.toml $(ENGINE_SOURCES)
	@command -v cargo >/dev/null || { echo "make: cargo not found; install Rust first, https://rustup.rs" >&2; exit 4; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $(PYTHON) is older than 3.11; call make PYTHON=python3.11" >&2; exit 4; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@echo "installing perfwatch and building its engine …"
	@$(BIN)/python -m pip install --quiet --editable '.[lab,team]' --group dev
	@touch $@

demo: $(VENV)/.installed
	@PERFWATCH="$(BIN)/perfwatch" COMMITS=$(DEMO_COMMITS) BROWSER=$(DEMO_BROWSER) EXIT=$(DEMO_EXIT) sh .github/scripts/demo.sh

test: lint rust-test python-test

lint: $(VENV)/.installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd engine && cargo fmt --all --check && cargo clippy --locked --all-targets --quiet -- -D warnings
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml docs/examples/github-*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-actions .github/action/action.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.gitlab-ci docs/examples/gitlab-ci.yml
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/shellcheck --external-sources --source-path=SCRIPTDIR .ci/run .github/action/*.sh .github/scripts/*.sh

rust-test: $(VENV)/.installed
	cd engine && cargo test --locked --quiet

# What needs no Python: for a machine of another architecture.
engine-test:
	cd engine && cargo test --locked --package perfwatch-core --package perfwatch-server

# Everything that is not shared memory: Miri knows no mmap of a descriptor. The least instructions: it runs no others.
miri:
	rustup toolchain install nightly --profile minimal --component miri,rust-src
	cd engine && PERFWATCH_SIMD=portable PROPTEST_CASES=2 MIRIFLAGS=-Zmiri-disable-isolation \
	  cargo +nightly miri test --locked --package perfwatch-core --lib -- --skip mailbox --skip ticks

# The standard library is built with it as well, or the sanitizer of threads sees races that are none.
sanitize:
	rustup toolchain install nightly --profile minimal --component rust-src
	cd engine && RUSTFLAGS=-Zsanitizer=$(SANITIZER) RUSTDOCFLAGS=-Zsanitizer=$(SANITIZER) \
	  cargo +nightly test --locked -Zbuild-std --target x86_64-unknown-linux-gnu --package perfwatch-core

# Ten million streams against the parser of frames.
fuzz:
	cd engine && cargo test --locked --release --package perfwatch-core --test fuzz -- --ignored --nocapture

lab-peers: $(VENV)/.installed
	@sh .github/scripts/lab-peers.sh $(BIN)/python

# Alone, one test after the other: the first pins itself and engines that spin to the cores, and both compile other
# engines into the folder that wheels are built from. Everything else goes to two workers, file by file, that of runner/
# as well: what it measures are numbers that no load moves. Which files go first is said in tests/conftest.py.
ALONE := tests/backtest tests/packaging
python-test: $(VENV)/.installed
ifdef PYTEST_ARGS
	$(BIN)/python -m pytest $(PYTEST_ARGS)
else
	$(BIN)/python -m pytest $(ALONE)
	$(BIN)/python -m pytest $(ALONE:%=--ignore=%) --numprocesses 2 --dist loadfile --no-loadscope-reorder
endif

# Fifty loads killed at random moments, and everybody at once for a minute.
soak: $(VENV)/.installed
	@SOAK_LOADS=50 SOAK_S=60 $(BIN)/python -m pytest -q tests/store/test_faults.py tests/store/test_team.py tests/pipeline/test_prune.py

bench-commit: $(VENV)/.installed
	@PERFWATCH="$(BIN)/perfwatch" STATE_DIR="$(STATE_DIR)" SIZE="$(SIZE)" BENCH="$(BENCH)" sh .github/scripts/bench-commit.sh

nightly: $(VENV)/.installed
	@PERFWATCH="$(BIN)/perfwatch" STATE_DIR="$(STATE_DIR)" SIZE="$(SIZE)" BENCH="$(BENCH)" COMMITS="$(COMMITS)" \
	  BUDGET="$(BUDGET)" sh .github/scripts/nightly.sh

# Whoever wrote the pull request wrote this Makefile as well: no secret is where it runs.
pull: $(VENV)/.installed
	@PERFWATCH="$(CURDIR)/$(BIN)/perfwatch" INPUT_SIZE="$(SIZE)" INPUT_BENCH="$(filter-out .,$(BENCH))" \
	  bash .github/action/pull.sh

# Of the default branch, without its engine: nothing is measured here.
comment:
	@bash .github/action/install.sh
	@PERFWATCH="$$RUNNER_TEMP/perfwatch-environment/bin/perfwatch" bash .github/action/comment.sh

study: $(VENV)/.installed
	$(BIN)/python .github/scripts/study_table.py

# An environment of its own, for what the peers require; asv runs the suite in it as it is.
bench-detection:
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	@echo "installing perfwatch and the detectors it is compared with …"
	@$(PEERS)/bin/python -m pip install --quiet . --group peers
	@$(PEERS)/bin/asv machine --yes >/dev/null
	@PYTHONSAFEPATH=1 $(PEERS)/bin/asv run --python=same --show-stderr --bench '^detection'

# The suite as it is, on a tree five times as large, with nothing kept.
bench-store: $(VENV)/.installed
	@$(BIN)/asv machine --yes >/dev/null
	@PERFWATCH_TREE_FILES=5000 PYTHONSAFEPATH=1 $(BIN)/asv run --python=same --show-stderr --dry-run --bench '^storing|^querying'

bench-publish: $(VENV)/.installed
	@$(BIN)/asv machine --yes >/dev/null
	@PERFWATCH_TREE_FILES=5000 PYTHONSAFEPATH=1 $(BIN)/asv run --python=same --show-stderr --dry-run --bench '^publishing'

# In a browser; ARGS is handed on, see the script.
bench-dashboard: $(VENV)/.installed
	@PYTHONPATH=. $(BIN)/python .github/scripts/bench_dashboard.py $(ARGS)

screenshots: $(VENV)/.installed
	$(BIN)/python .github/scripts/screenshots.py

clean:
	rm -rf $(VENV) engine/target src/perfwatch/bin src/perfwatch/*.so .pytest_cache .ruff_cache .mypy_cache
