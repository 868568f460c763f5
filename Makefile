# Everything a person or a machine does with Comptoir. `make run` and `make test` work from a bare checkout.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export PORT ?= 8000
export DATA ?= .local
export PYTHONPYCACHEPREFIX = $(CURDIR)/build/bytecode

.PHONY: run test check lint types templates bench torture mutate package deploy-local deploy rollback portal api-types access-page clean

run: $(VENV)/.run build/portal/index.html
	@exec $(BIN)/python -m infra.local.run

test: $(VENV)/.dev build/portal/index.html portal/node_modules
	$(BIN)/python -m infra.testing

check: lint types templates test

lint: $(VENV)/.dev
	$(BIN)/ruff check .

types: $(VENV)/.dev portal/node_modules
	$(BIN)/mypy
	cd portal && npm run --silent types

templates: $(VENV)/.dev package
	$(BIN)/cfn-lint build/template-data.json build/template-app.json build/template-edge.json

torture: $(VENV)/.dev
	$(BIN)/python -m tests.torture

bench: $(VENV)/.dev build/portal/index.html
	$(BIN)/python -m bench

mutate: $(VENV)/.dev
	$(BIN)/python -m tests.mutation

package: $(VENV)/.run build/portal/index.html
	$(BIN)/python -m infra.package

deploy-local: package
	$(BIN)/python -m infra.deploy_local

deploy: $(VENV)/.run build/portal/index.html
	@$(BIN)/python -m infra.deploy

rollback: $(VENV)/.run
	@$(BIN)/python -m infra.deploy rollback

portal: build/portal/index.html

access-page: $(VENV)/.run
	$(BIN)/python -m infra.access_page

api-types: $(VENV)/.run
	$(BIN)/python -m infra.api_types

$(VENV)/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "Comptoir needs Python 3.11 (looked for $(PYTHON); name another with PYTHON=…)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt requirements-documents.txt requirements-subscriptions.txt requirements-local.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-documents.txt -r requirements-subscriptions.txt \
		-r requirements-local.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

portal/node_modules: portal/package.json portal/package-lock.json
	cd portal && npm ci --silent --no-audit --no-fund
	@touch $@

build/portal/index.html: portal/node_modules $(shell find portal/src portal/index.html portal/build.mjs -type f 2>/dev/null)
	cd portal && npm run --silent build
	@touch $@

clean:
	rm -rf build .local $(VENV) portal/node_modules
