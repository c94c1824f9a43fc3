# `make` alone explains itself. Paths are relative throughout, so that a clone may lie in any folder.
.DEFAULT_GOAL := help
.PHONY: help setup anvil chain-client client-tools clients chromium package-tools run run-persistent stage test-stage test test-plain test-ministack pictures chaos interleavings campaign chain-campaign permissions check-permissions package deploy bench-webhooks bench-warm bench-local bench-chain bench-cold-start bench-memory scale scale-missions lint format typecheck layers pytest contract clean clean-all lock dead-code
.NOTPARALLEL:

PY := .venv/bin/python
# Arguments for pytest, such as `make pytest ARGS="tests/local -x"`.
ARGS ?=
# Processes that share the tests; each has an engine and a chain of its own, and waits half of its time.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2) * 2 )))
# A test that stands still for ten minutes ends its process, and shows where it stood.
NO_HANGING := -o faulthandler_timeout=600 -o faulthandler_exit_on_timeout=true
SEED ?= 1
# How long a campaign lasts on each engine.
MINUTES ?= 30
# The stage to package or deploy, of those in .chalice/config.json; MACHINE is what its functions run on.
STAGE ?=
MACHINE ?= arm64
SHELL := /bin/sh
# Containers often set it, for which every process of a run would compile all sources again.
unexport PYTHONDONTWRITEBYTECODE

help: ## this text
	@echo "Spacegarden. You need Python 3.11, 3.12 or 3.13, and make; everything else is installed in .venv."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-24s %s\n", $$1, $$2 }'
	@echo
	@echo "HOST and PORT choose the address of a run: PORT=8001 make run."

setup: ## install what requirements-dev.lock names, if that is not done
	@tools/setup

lock: setup ## write the lock files anew after a change of requirements
	@tools/lock

package-tools: setup ## install what checks the deployment template, if that is not done
	@tools/package-tools
anvil: ## install a second node for the chain's tests in .local, if npm is here and that is not done
	@tools/anvil
client-tools: ## install what lints the API's document and makes a client of it in .local, if npm is here and that is not done
	@tools/client-tools
chain-client: setup ## install web3.py, ethers and viem in .local, with which tests use the chain as a partner would, if that is not done
	@tools/chain-client
chromium: ## install Debian's chromium, which the tests of pages need, if this is Debian and you are root
	@tools/chromium

run: setup ## serve everything on http://127.0.0.1:8000, data in memory
	@exec $(PY) -m local.run

run-persistent: setup ## the same with data kept in .local/ministack
	@exec $(PY) -m local.ministack -- $(PY) -m local.run

stage: setup anvil ## deploy to an emulator of AWS on this machine and serve it at https://localhost:8443 (Linux)
	@exec $(PY) -m stage

test-stage: setup anvil chain-client ## deploy so, check the deployed stage, take it down; ARGS are pytest's
	@exec $(PY) -m stage --port 0 -- $(PY) -m pytest stage/checks $(ARGS)

test: lint typecheck layers dead-code pytest ## every check, then the tests

test-plain: setup ## the tests that read and write most, with every call on botocore's own way
	@SPACEGARDEN_PLAIN_BOTOCORE=1 exec $(PY) -m pytest -n $(WORKERS) --dist loadfile tests/core tests/partners tests/oauth tests/idempotency tests/limits tests/activity tests/gardenlab $(ARGS)

test-ministack: setup package-tools ## the tests against the second engine
	@exec $(PY) -m local.ministack --memory -- $(PY) -m pytest $(ARGS)

pictures: setup chromium ## draw the README's pictures again, in docs/images
	@exec $(PY) -m tests.browser.pictures

chaos: setup anvil ## kill every operation at each step, let every two meet at each, then the campaign on both engines
	@SPACEGARDEN_CHAOS=1 SPACEGARDEN_CHAOS_SEED=$(SEED) $(PY) -m pytest -n $(WORKERS) tests/faults $(ARGS)
	@$(PY) -m tests.faults.campaign --seed $(SEED) --minutes $(MINUTES)
	@exec $(PY) -m local.ministack --memory -- $(PY) -m tests.faults.campaign --seed $(SEED) --minutes $(MINUTES)

interleavings: setup ## let every two operations meet at each step, and go on where it stopped; MINUTES=30 ARGS="--scene webhooks"
	@exec $(PY) -m tests.faults.interleavings --seed $(SEED) --minutes $(MINUTES) $(ARGS)

campaign: setup ## random operations of several actors, which a model must explain; MINUTES=30 SEED=2 ARGS="--surface spaces"
	@exec $(PY) -m tests.faults.campaign --seed $(SEED) --minutes $(MINUTES) $(ARGS)

chain-campaign: setup anvil ## mints and updates among meddling nodes, forks and deaths, which must end told truly; MINUTES=30 SEED=2 ARGS="--episode 7"
	@exec $(PY) -m tests.faults.chain_campaign --seed $(SEED) --minutes $(MINUTES) $(ARGS)

clients: setup ## make typed clients in TypeScript and Python in build/clients, and call a run with them
	@tools/client-tools --all
	@$(PY) -m infra.clients
	@SPACEGARDEN_CLIENTS=1 exec $(PY) -m pytest tests/clients $(ARGS)

permissions: setup package-tools ## write infra/roles/permissions.json, from which roles are made, by running every test
	@SPACEGARDEN_WRITE_PERMISSIONS=1 exec $(PY) -m pytest -n $(WORKERS) --dist loadfile

check-permissions: setup package-tools ## run every test and fail where roles and calls differ
	@SPACEGARDEN_CHECK_PERMISSIONS=1 exec $(PY) -m pytest -n $(WORKERS) --dist loadfile

package: setup ## template and zip of a stage, under build/: make package STAGE=prod
	@$(if $(STAGE),exec $(PY) -m infra.package $(STAGE) --machine $(MACHINE),echo "Which stage? make package STAGE=prod" >&2; exit 2)

deploy: setup ## package and deploy with AWS's credentials: make deploy STAGE=prod ARGS="DomainName=api.example.com"
	@$(if $(STAGE),exec $(PY) -m infra.deploy $(STAGE) $(ARGS) --machine $(MACHINE),echo "Which stage? make deploy STAGE=prod" >&2; exit 2)

bench-cold-start: setup package-tools ## start and first call of the packed zip, beside its floor; memory and size
	@exec $(PY) -m bench.cold_start $(ARGS)

bench-memory: setup package-tools ## what the API's process holds over 36,000 calls of ever new partners (Linux)
	@exec $(PY) -m bench.memory $(ARGS)

bench-webhooks: setup ## deliveries a second, latencies and cost of the webhooks
	@exec $(PY) -m bench.webhooks $(ARGS)

bench-warm: setup ## CPU of a warm call beside a bare handler's; ARGS=--instructions counts by valgrind, ARGS=--tls asks storage over HTTPS
	@exec $(PY) -m bench.warm $(ARGS)

bench-local: setup ## calls a second and memory of a local run, beside another checkout's: ARGS="--before ../other" (Linux)
	@exec $(PY) -m bench.local_run $(ARGS)

bench-chain: setup anvil ## mints a second and gas a mint, one by one and in batches
	@exec $(PY) -m bench.chain

scale: setup ## the same calls and lists with few rows and with a million, on the second engine; ARGS: another number
	@exec $(PY) -m local.ministack --memory -- $(PY) -m bench.scale $(ARGS)

scale-missions: setup ## verifications at 100 and at 100,000 acts of an activity, on the second engine
	@exec $(PY) -m local.ministack --memory --program bench/ordered_engine.py -- $(PY) -m bench.missions

lint: setup ## ruff: rules and format
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .

format: setup ## put every file into ruff's format and mend what ruff can
	@$(PY) -m ruff check --quiet --fix-only .
	@$(PY) -m ruff format --quiet .

typecheck: setup ## mypy, strict
	@$(PY) -m mypy --no-error-summary

dead-code: setup ## vulture: what nothing uses
	@! $(PY) -m vulture | grep -v 'unused variable\|unused attribute'

layers: setup ## import-linter: who may import whom
	@said=$$($(PY) -c 'from importlinter.cli import lint_imports_command as check; check()' 2>&1) || { echo "$$said"; exit 1; }

pytest: setup anvil chain-client client-tools package-tools ## the tests alone; ARGS are pytest's
	@exec $(PY) -m pytest -rs -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(NO_HANGING) $(ARGS)

contract: ## compile the ERC-721 contract again and compare (needs Node 18 or newer)
	@cd contracts && npm ci --silent && node compile.mjs --check

clean: ## remove what tools leave behind; data and environments stay
	@find . -name __pycache__ -type d -not -path './.venv/*' -not -path './.local/*' -prune -exec rm -rf {} +
	@rm -rf build .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage contracts/node_modules

clean-all: clean ## remove the environments and the local data as well
	@rm -rf .venv .venv.lock .local
