# make        sets up .venv and builds everything that config.yaml lists
# make test   sets up .venv and runs the fast tests; takes options of pytest in ARGS
# make test-all            runs all tests
# make test-all ARGS='-m slow'    runs those that make test leaves out
# make verify rebuilds everything in a temporary folder and compares it with results/
# make audit  checks the pinned packages for known vulnerabilities
# make bench  compares the speed of dlia, Lightning and a plain PyTorch loop; takes options in ARGS
# make ARGS='--cores 2 --config trials=1'   passes arguments to Snakemake
.DEFAULT_GOAL := build
.PHONY: build setup test test-all verify audit bench lint check format lock clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Runs a module or a script undisturbed by variables such as PYTHONPATH. -E: without them from the beginning.
RUN := $(BIN)/python -E -m dlia.runtime.start
PEERS := $(VENV)/.peers
ARGS ?=
PYTEST := $(RUN) pytest --numprocesses auto --dist worksteal
# The site profile of another project is not for this build.
unexport SNAKEMAKE_PROFILE

build: setup
	@$(RUN) snakemake $(ARGS)

# Does nothing if the environment is complete and requirements.txt has the same content.
setup:
	@VENV=$(VENV) PYTHON=$(PYTHON) sh workflow/envs/setup.sh

test: setup
	@$(PYTEST) -m 'not slow' $(ARGS)

test-all: setup
	@$(PYTEST) $(ARGS)

verify: setup
	@$(RUN) dlia verify -- $(ARGS)

audit: setup
	@VENV=$(VENV) sh workflow/envs/audit.sh

bench: $(PEERS)
	@$(RUN) benchmarks/bench.py $(ARGS)

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(RUN) mypy
	$(RUN) snakemake --lint --config standins=true

check: lint test-all

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile workflow

# Only this target needs uv, which resolves for all platforms and Python versions at once.
lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate requirements.in -o requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate --constraint requirements.txt --group benchmark -o benchmarks/requirements.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header \
	    --no-annotate tests/validators/requirements.in -o tests/validators/requirements.txt

clean:
	rm -rf $(VENV)

$(PEERS): benchmarks/requirements.txt | setup
	@VENV=$(VENV) sh benchmarks/setup.sh
	@touch $(PEERS)
