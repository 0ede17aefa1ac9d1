# Each target creates what it needs in .venv; a fresh machine needs Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo test lint bench bench-quick fuzz desk clean

demo: $(VENV)/.runtime
	$(BIN)/python examples/train.py

test: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

lint: $(VENV)/.lint
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.bench .venv-peers/.ready
	$(BIN)/python benchmarks/run.py

bench-quick: $(VENV)/.bench .venv-peers/.ready
	$(BIN)/python benchmarks/run.py --quick

# Ten minutes a decoder; SECONDS=60 for less. What is found is kept in tests/fuzz/found.
SECONDS := 600
fuzz: $(VENV)/.fuzz
	$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

# A thousand sequences of commands by officers and a hub, and 30 kills in each command.
desk: $(VENV)/.test
	TRUSTCERT_SEQUENCES=1000 TRUSTCERT_KILLS=30 $(BIN)/python -m pytest --timeout 3600 \
	  tests/registry/test_officers.py tests/registry/test_kills.py

clean:
	rm -rf $(VENV) .venv-peers out dist build

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "trustcert needs Python 3.11 or newer: make PYTHON=python3.11 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "no venv module: on Debian, apt-get install python3-venv"; exit 1; }
	$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.runtime: $(VENV)/.python pyproject.toml
	$(PIP) install --editable '.[print]'
	@touch $@

$(VENV)/.test: $(VENV)/.runtime
	$(PIP) install --group test
	@touch $@

$(VENV)/.lint: $(VENV)/.runtime
	$(PIP) install --group lint
	@touch $@

$(VENV)/.fuzz: $(VENV)/.runtime
	$(PIP) install --group fuzz
	@touch $@

$(VENV)/.bench: $(VENV)/.runtime
	$(PIP) install --group bench
	@touch $@

# Peers that need older packages than this library live in an environment of their own.
.venv-peers/.ready:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --quiet --disable-pip-version-check install cwt pycose base45
	@touch $@
