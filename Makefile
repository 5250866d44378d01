# Each verb installs what it needs first. `make help` lists the verbs.
# Most of them run `sagemaker-platform`, which has more options: sagemaker-platform --help
SHELL := /bin/bash
.DEFAULT_GOAL := help

# The pinned Python packages, Node.js and CDK CLI come first on PATH.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE :=
# uv trusts the certificates that the machine trusts, as pip and npm are set up to do.
export UV_SYSTEM_CERTS ?= 1

# What the verbs work on: ENV=dev,staging, or FILES="a.yaml more/*.yaml", or all of environments/.
ifneq ($(and $(ENV),$(FILES)),)
$(error ENV and FILES exclude each other. Give one of them, such as: make synth ENV=dev)
endif
export ENV FILES
SELECTED := $(if $(FILES),--files "$$FILES",$(if $(ENV),--env "$$ENV"))
PLATFORM := @sagemaker-platform

CORES = $$(getconf _NPROCESSORS_ONLN)

# What an edit in environments/ or custom/ can break, and what is quick; make test-all runs all.
QUICK := tests/own custom tests/constructs tests/custom_resources \
  $(wildcard tests/stacks/test_bad_*.py) tests/stacks/test_hostile_yaml.py tests/stacks/test_settings.py

UV := .venv/bin/uv
RUNTIME := .venv/.runtime
DEVELOPMENT := .venv/.development
CDK := node_modules/.package-lock.json
SCHEMA := environments/schema.json
PINS := requirements.lock requirements.txt pyproject.toml constructs/pyproject.toml

.NOTPARALLEL:
.PHONY: help setup synth check-settings rehearse review pipeline access permissions evidence picture length delivery cost advise preflight trace model-card adopt diff deploy destroy plans \
  offers models promote prices test snapshots test-all stories check schema lock images bench docs

help: ## list the verbs
	@echo 'make VERB [ENV=dev,staging | FILES="a.yaml more/*.yaml"]'
	@awk -F ':.*## ' '/^##/ { print "\n" substr($$0, 4) } /^[a-z-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' Makefile

## Every day
setup: $(DEVELOPMENT) $(CDK) $(SCHEMA) ## install everything that is pinned

synth: $(RUNTIME) $(SCHEMA) ## synthesize and check environments
	$(PLATFORM) synth $(SELECTED)

check-settings: $(RUNTIME) ## validate settings files only, in under half a second
	$(PLATFORM) check $(SELECTED)

rehearse: $(DEVELOPMENT) $(CDK) ## deploy environments to an AWS emulator on this machine
	$(PLATFORM) rehearse $(SELECTED)

# Only the verdict "dangerous" fails it.
review: $(DEVELOPMENT) ## show what a change does to environments (BASE=main, FORMAT=html, OUTPUT=folder)
	$(PLATFORM) review $(BASE) $(SELECTED) $(if $(FORMAT),--format "$(FORMAT)") \
	  $(if $(OUTPUT),--output "$(OUTPUT)") || test $$? -eq 3

pipeline: $(RUNTIME) ## export definitions of SageMaker Pipelines: NAME="churn scoring"
	$(PLATFORM) pipeline export $(NAME)

## Look into environments
access: $(RUNTIME) ## show who can do what, and why not (WHY=1, MISMATCHES=1)
	$(PLATFORM) access $(SELECTED) $(if $(WHY),--why) $(if $(MISMATCHES),--mismatches)

permissions: $(RUNTIME) ## list who may do what on which data (ALL=1: also services)
	$(PLATFORM) permissions $(SELECTED) $(if $(ALL),--all)

evidence: $(RUNTIME) ## show an auditor what environments prove (FORMAT=html, OUTPUT=folder)
	$(PLATFORM) evidence $(SELECTED) $(if $(FORMAT),--format "$(FORMAT)") \
	  $(if $(OUTPUT),--output "$(OUTPUT)")

picture: $(RUNTIME) ## draw environments as SVG (OUTPUT=folder)
	$(PLATFORM) picture $(SELECTED) $(if $(OUTPUT),--output "$(OUTPUT)")

length: $(RUNTIME) ## estimate how long a first deployment takes, from the last synth
	$(if $(FILES),$(error length reads the last synth, so it takes ENV, not FILES))
	$(PLATFORM) length $(if $(ENV),--env "$$ENV")

cost: $(RUNTIME) ## show what environments cost per month (USAGE=file, REGION=, FORMAT=markdown)
	$(PLATFORM) cost $(SELECTED) $(if $(USAGE),--usage "$(USAGE)") \
	  $(if $(REGION),--region "$(REGION)") $(if $(FORMAT),--format "$(FORMAT)")

advise: $(RUNTIME) ## rank instance types: NEEDS="real_time --parameters 8"
	$(PLATFORM) advise $(NEEDS)

delivery: $(RUNTIME) ## list the environments that GitHub Actions deploys
	$(PLATFORM) delivery $(SELECTED)

## With credentials of the account
preflight: $(DEVELOPMENT) ## ask the account what a deployment needs to know
	$(PLATFORM) preflight $(SELECTED)

trace: $(DEVELOPMENT) ## trace what an endpoint serves back to data, code, and approval (ENDPOINT=prod-churn, OWNER_PROFILE=dev)
	$(if $(ENDPOINT),,$(error Give the endpoint, such as: make trace ENDPOINT=prod-churn))
	$(PLATFORM) trace "$(ENDPOINT)" $(if $(OWNER_PROFILE),--owner-profile "$(OWNER_PROFILE)")

model-card: $(DEVELOPMENT) ## export the model card of a registered version (VERSION=arn:aws:sagemaker:…, STORE=1 puts it next to the model)
	$(if $(VERSION),,$(error Give the version, such as: make model-card VERSION=arn:aws:sagemaker:eu-west-1:111111111111:model-package/dev-churn/7))
	$(PLATFORM) model-card "$(VERSION)" $(if $(STORE),--store)

# The status 3 says that a deployment would replace something.
adopt: $(DEVELOPMENT) ## write settings for an existing resource: KIND=studio-domain ID=d-0123456789ab (REGION=, OUTPUT=file)
	$(PLATFORM) adopt "$(KIND)" "$(ID)" $(if $(REGION),--region "$(REGION)") \
	  $(if $(OUTPUT),--output "$(OUTPUT)") || test $$? -eq 3

diff: $(RUNTIME) $(CDK) ## show what a deployment would change
	$(PLATFORM) diff $(SELECTED)

deploy: $(RUNTIME) $(CDK) ## deploy environments
	$(PLATFORM) deploy $(SELECTED)

destroy: $(RUNTIME) $(CDK) ## delete the stacks of environments
	$(PLATFORM) destroy $(SELECTED)

plans: $(RUNTIME) ## check the training plans that settings name
	$(PLATFORM) plans $(SELECTED)

offers: $(RUNTIME) ## list training plans: TYPE=ml.p5.48xlarge COUNT=4 HOURS=168 (AFTER=, BEFORE=)
	$(if $(and $(TYPE),$(COUNT),$(HOURS)),,$(error Give TYPE, COUNT and HOURS, such as: \
	  make offers ENV=prod TYPE=ml.p5.48xlarge COUNT=4 HOURS=168))
	$(PLATFORM) offers $(SELECTED) --type "$(TYPE)" --count "$(COUNT)" --hours "$(HOURS)" \
	  $(if $(AFTER),--after $(AFTER)) $(if $(BEFORE),--before $(BEFORE))

models: $(RUNTIME) ## look up models of registries and hubs
	$(PLATFORM) models $(SELECTED)

promote: $(RUNTIME) ## renew lock files, and write pull requests with the evidence (OUTPUT=folder)
	$(PLATFORM) promote $(SELECTED) $(if $(OUTPUT),--output "$(OUTPUT)")

## Maintain this repository
prices: $(RUNTIME) ## renew custom/prices.csv from AWS's public price list (REGION=, API=1)
	$(PLATFORM) prices $(SELECTED) $(if $(REGION),--region "$(REGION)") $(if $(API),--api)

test: $(DEVELOPMENT) $(CDK) $(SCHEMA) ## run the tests of environments/ and custom/, and the quick ones
	@pytest --numprocesses $(CORES) -m "not slow" $(QUICK)

snapshots: $(DEVELOPMENT) $(CDK) ## write templates to compare later ones with (ENV=dev; LOSS=accept)
	@pytest --quiet tests/own/test_snapshots.py --renew-snapshots "$(or $(ENV),all)" \
	  $(if $(filter accept,$(LOSS)),--accept-loss)

test-all: $(DEVELOPMENT) $(CDK) $(SCHEMA) ## run all tests, also rehearsals
	@pytest --numprocesses $$(($(CORES) + 1)) # rehearsals mostly wait

stories: $(DEVELOPMENT) $(CDK) ## run what people run with real clients, as a persona (STORY=name)
	@python -m tests.stories.harness.clients
	@pytest --quiet --numprocesses 2 --dist=loadgroup tests/stories $(if $(STORY),-k "$(STORY)")

check: $(DEVELOPMENT) $(SCHEMA) ## lint, check types, and validate settings
	ruff check .
	ruff format --check .
	mypy
	$(PLATFORM) check

schema: $(RUNTIME) ## renew environments/schema.json
	$(PLATFORM) schema

lock: $(DEVELOPMENT) ## renew the pinned versions after a change to pyproject.toml
	$(LOCK) --group dev --generate-hashes --output-file requirements.lock
	$(LOCK) --constraints requirements.lock --output-file requirements.txt
	printf -- '-e ./constructs\n-e .\n' >> requirements.txt
	for pins in operations/pipelines/requirements tests/stories/clients/sagemaker2 \
	  tests/stories/clients/sagemaker3; do $(LOCK_CLIENTS) $$pins.in --output-file $$pins.txt; done

images: $(DEVELOPMENT) ## renew the table of AWS container images
	$(PLATFORM) images

bench: $(RUNTIME) ## compare synthesis with an empty CDK app (RUNS=3)
	$(PLATFORM) bench $(if $(RUNS),--runs $(RUNS))

docs: $(DEVELOPMENT) ## build the documentation into site/, with the pages of custom/
	$(PLATFORM) docs

LOCK := uv pip compile pyproject.toml constructs/pyproject.toml --universal --all-extras \
  --python-version 3.11 --no-annotate --no-header --quiet

LOCK_CLIENTS := uv pip compile --universal --python-version 3.11 --generate-hashes \
  --no-annotate --no-header --quiet

# The pinned uv, installed by pip, then installs everything else, with hashes checked.
$(UV): requirements.lock
	python3 -m venv .venv
	awk '/^[^ ]/ { pinned = /^uv==/ } pinned' requirements.lock > .venv/uv.txt
	pip install --disable-pip-version-check --quiet --require-hashes -r .venv/uv.txt
	ln -sf ../../node_modules/.bin/cdk .venv/bin/cdk
	touch $@

# What `app.py` and most verbs need; what tests need stays if it is there.
$(RUNTIME): $(UV) $(PINS)
	$(UV) pip sync --quiet $(if $(wildcard $(DEVELOPMENT)),requirements.lock requirements.txt,\
	  requirements.txt --constraints requirements.lock)
	touch $(wildcard $(DEVELOPMENT)) $@

# What tests, linters and `make docs` need on top.
$(DEVELOPMENT): $(UV) $(PINS)
	$(UV) pip sync --quiet requirements.lock requirements.txt
	touch $(RUNTIME) $@

# The CDK CLI, run by the pinned Node.js.
$(CDK): package-lock.json | $(RUNTIME)
	npm ci --no-audit --no-fund
	touch $@

$(SCHEMA): $(RUNTIME) $(shell find stacks custom -name '*.py')
	$(PLATFORM) schema
