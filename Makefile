# make        sets up .venv and rebuilds everything that config.yaml asks for
# make test   sets up .venv and passes all tests
# make verify builds everything again in a temporary folder and compares it with results/
# make audit  looks up the pinned packages among those with known vulnerabilities
# make bench  races dlia against Lightning and a plain loop; options are passed on by ARGS
# make ARGS='--cores 2 --config trials=1'   passes arguments on to Snakemake
.DEFAULT_GOAL := build
.PHONY: build setup test verify audit bench lint check format lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
ARGS ?=

build: $(READY)
	@$(BIN)/snakemake $(ARGS)

setup: $(READY)

test: $(READY)
	@$(BIN)/pytest --numprocesses auto --dist worksteal

verify: $(READY)
	@$(BIN)/python -m dlia verify -- $(ARGS)

audit: $(READY)
	@VENV=$(VENV) sh workflow/envs/audit.sh

bench: $(PEERS)
	@$(BIN)/python benchmarks/bench.py $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint --config standins=true

check: lint test

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

# uv is needed for this one only: it resolves for all platforms and Python versions at once.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate --constraint requirements.txt --group benchmark -o benchmarks/requirements.txt

clean:
	rm -rf $(VENV)

$(READY): requirements.txt pyproject.toml
	@VENV=$(VENV) PYTHON=$(PYTHON) sh workflow/envs/setup.sh
	@touch $(READY)

$(PEERS): $(READY) benchmarks/requirements.txt
	@VENV=$(VENV) sh benchmarks/setup.sh
	@touch $(PEERS)
