# Each target creates what it needs in .venv; a fresh machine needs Python 3.11 or newer and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: demo gate test test-web lint bench bench-quick fuzz desk docs clean

demo: $(VENV)/.runtime
	$(BIN)/python examples/train.py

# The checkpoint's page over the scene that `make demo` played; drop its pictures on the page.
gate: $(VENV)/.web
	@test -d out/train/store || { echo "no scene is there yet: run make demo first"; exit 1; }
	@echo "Codes to show: out/train/codes/*.png, and out/train/sheet.pdf; Ctrl-C stops the gate."
	$(BIN)/trustcert gate --destination CN-44 --name "Guangzhou South, platform 3" \
	  --store out/train/store --folder out/train/gate

test: $(VENV)/.test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

# What takes minutes: the service asked what no client would ask, and a camera that sees many codes.
test-web: $(VENV)/.test
	TRUSTCERT_WEB=long $(BIN)/python -m pytest tests/web --timeout 1800

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

# The documentation as a site, in docs/_build; a warning is an error.
docs: $(VENV)/.docs
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -b html docs docs/_build
	$(BIN)/python docs/check_links.py docs/_build

# A thousand sequences of commands by officers and a hub, and 30 kills in each command.
desk: $(VENV)/.test
	TRUSTCERT_SEQUENCES=1000 TRUSTCERT_KILLS=30 $(BIN)/python -m pytest --timeout 3600 \
	  tests/registry/test_officers.py tests/registry/test_kills.py

clean:
	rm -rf $(VENV) .venv-peers out dist build docs/_build docs/api

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

$(VENV)/.web: $(VENV)/.runtime
	$(PIP) install --editable '.[print,web]'
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

$(VENV)/.docs: $(VENV)/.runtime
	$(PIP) install --group docs
	@touch $@

$(VENV)/.bench: $(VENV)/.runtime
	$(PIP) install --group bench
	@touch $@

# Peers that need older packages than this library live in an environment of their own.
.venv-peers/.ready:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip --quiet --disable-pip-version-check install cwt pycose base45
	@touch $@
