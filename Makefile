# Shopclerk. `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help run setup train test check fix import-shop bench bench-nlu bench-serving e2e e2e-conversations clean

PYTHON ?= python3
APP := .venvs/app/bin
BOT := .venvs/bot/bin
CHECKED := contract gateway nlu_models actions admin_ui launcher tests bot
SOURCE ?=
SETS ?=
MODEL ?=
WORKERS ?= 2
SIDE_BY_SIDE := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Set up what is missing, start everything, print the addresses
	@$(PYTHON) -m launcher run

setup: ## Make the two Python environments, if they are missing or out of date
	@$(PYTHON) -m launcher setup

train: ## Train the transformer and the dialogue into one Rasa archive
	@$(PYTHON) -m launcher train

test: check ## Check, then run every test, a short end-to-end run included
	$(APP)/python -m pytest tests --ignore tests/bot --ignore tests/e2e $(SIDE_BY_SIDE)
	$(BOT)/python -m pytest tests/bot tests/contract $(SIDE_BY_SIDE)
	$(APP)/python -m pytest tests/e2e -m "not story and not conversations" -o timeout_func_only=true

check: setup ## Style, types and import arrows
	$(APP)/ruff check .
	$(APP)/ruff format --check .
	$(APP)/mypy contract gateway nlu_models actions admin_ui launcher
	$(APP)/lint-imports --no-cache

fix: setup ## Let ruff put right what it can
	$(APP)/ruff check --fix .
	$(APP)/ruff format .

import-shop: setup ## Read a shop's JSON export: make import-shop SOURCE=folder
	@test -n "$(SOURCE)" || { echo "Say which folder: make import-shop SOURCE=path/to/export"; exit 2; }
	@$(APP)/python -m actions.db upgrade
	@$(APP)/python -m actions.shop_import "$(SOURCE)"

bench: setup ## Measure speed, memory and quality beside the peer (tens of minutes)
	$(APP)/python -m tests.benchmarks

bench-nlu: setup ## Measure understanding on public data beside DIET and a linear floor (hours; SETS="hint3 snips" for some)
	$(APP)/python -m tests.benchmarks.nlu $(SETS)

bench-serving: setup ## Measure the transformer service beside the bare model and stock Rasa (some minutes; MODEL=folder)
	$(APP)/python -m tests.benchmarks.serving $(if $(MODEL),--model "$(MODEL)")

e2e: setup ## The whole story with real processes and a real browser
	@$(PYTHON) -m launcher.browser
	$(APP)/python -m pytest tests/e2e --timeout 1500

e2e-conversations: setup ## Every scripted conversation, in every wording, with real processes
	$(APP)/python -m pytest tests/e2e/test_conversations.py --timeout 1500

clean: ## Remove the environments and everything that was made; the data in git stays
	rm -rf .venvs var bot/models results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
