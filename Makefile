# What people type. Everything a target needs it sets up itself; caches live outside the checkout.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export CARGO_TARGET_DIR ?= $(HOME)/.cache/pointsman/target
export PIP_DISABLE_PIP_VERSION_CHECK := 1
VENV := .venv
PY := $(VENV)/bin/python
RUST := $(shell find crates Cargo.toml Cargo.lock -name '*.rs' -o -name 'Cargo.*' 2>/dev/null)

UI := dashboard/index.html dashboard/package-lock.json dashboard/vite.config.ts dashboard/tsconfig.json $(shell find dashboard/src -type f ! -name '*.test.*')
UI_BUILT := src/pointsman/dashboard/assets/index.html
UI_TOOLS := dashboard/node_modules/.package-lock.json

.PHONY: help build demo cluster guide test lint golden budget bench fuzz clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/ready: pyproject.toml tools/constraints.txt
	python3 tools/prerequisites.py venv
	python3 -m venv $(VENV)
	$(PY) -m pip install --quiet --upgrade 'pip>=25.1'
	$(PY) -m pip install --quiet --group dev --constraint tools/constraints.txt
	touch $@

$(VENV)/bin/pointsman: $(VENV)/ready $(RUST) | $(UI_BUILT)
	python3 tools/prerequisites.py rust
	$(PY) -m pip install --quiet --constraint tools/constraints.txt --editable .
	touch $@

$(UI_TOOLS): dashboard/package-lock.json
	python3 tools/prerequisites.py dashboard
	cd dashboard && npm ci --silent
	touch $@

$(UI_BUILT): $(UI_TOOLS) $(UI)
	cd dashboard && npm run --silent build -- --logLevel warn

build: $(VENV)/bin/pointsman $(UI_BUILT) ## .venv/bin/pointsman, running from this checkout

demo: build ## the walk-through's routes on this machine, without a cluster; CHECK=1 tries every URL and exits
	$(VENV)/bin/pointsman demo $(if $(CHECK),--check)

cluster: build ## a real Kubernetes on this machine with Pointsman and demo services; needs root; Ctrl-C stops it
	python3 tools/prerequisites.py test
	PYTHONPATH=tests $(PY) -m support.walkthrough

guide: build ## the walk-through's chapters against that cluster (a part of make test)
	python3 tools/prerequisites.py test
	$(PY) tools/test.py tests/guide

test: build ## every test: Rust, Python, pipeline, a real kube-apiserver
	python3 tools/prerequisites.py test
	$(PY) tools/test.py

lint: build ## formatting, types, import rules, clippy
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	cargo fmt --check
	cargo clippy --quiet --locked --all-targets -- --deny warnings
	cd dashboard && npm run --silent lint

golden: build ## re-make the golden files; read the difference before you commit it
	$(PY) tools/golden.py

budget: build ## instructions and system calls per request against their budget
	python3 tools/prerequisites.py budget
	$(PY) tools/budget.py $(VENV)/bin/pointsman-proxy

bench: build ## side by side with nginx, HAProxy and Caddy; writes bench/results/
	python3 tools/prerequisites.py bench
	python3 tools/prerequisites.py budget
	$(PY) bench/middlewares.py $(VENV)/bin/pointsman-proxy
	$(PY) bench/compare.py

fuzz: ## every fuzz target for FUZZ_SECONDS each (default 60); needs a nightly toolchain
	command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
	for target in $$(cd fuzz && cargo fuzz list); do \
	  mkdir -p fuzz/corpus/$$target; \
	  cargo +nightly fuzz run $$target fuzz/corpus/$$target fuzz/seeds/$$target -- -max_total_time=$(or $(FUZZ_SECONDS),60); \
	done

clean: ## remove what the build made in this checkout
	rm -rf $(VENV) build dist src/*.egg-info dashboard/node_modules src/pointsman/dashboard/assets
