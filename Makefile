# santong: `make demo` starts a retailer in a box, `make test` runs the whole suite.

PYTHON ?= $(shell .ci/find-python)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes
NPM := .ci/with-node npm --no-audit --no-fund --no-update-notifier --loglevel=error

EXPLORER := gateway/explorer
EXPLORER_SOURCES := $(shell find $(EXPLORER) -type f -not -path '*/node_modules/*' -not -path '*/dist/*')
NODE_TESTS := tests/node
CAP := tests/cap
VENDURE := tests/vendure
PEERS := bench/peers
BENCHES := federation fields merge cache mapping resilience quote secrecy
BENCH := $(VENV)/peers/made.stamp $(patsubst %,$(PEERS)/%/node_modules/.package-lock.json,node hive)

# scripts in a virtual environment name its place: a repository that was moved needs a new one
MADE_IN := $(shell cat $(VENV)/made.stamp 2>/dev/null)
MOVED := $(if $(MADE_IN),$(if $(subst x$(CURDIR),,x$(MADE_IN)),moved))

.DELETE_ON_ERROR:
.PHONY: demo dedupe test test-setup check lint bench bench-quick bench-setup adopting differential interleaved pairs reconnect scale soak chaos dual-writes standby demo-flash demo-adoption story clean

# its parent is told, so that a killed make leaves nothing running
demo: $(BIN)/santong $(EXPLORER)/dist/index.html
	@$(BIN)/python -m gateway.cli demo --with-parent

test: test-setup
	@.ci/with-node $(BIN)/python -m pytest -n 3

test-setup: $(VENV)/dev.stamp $(VENV)/dedupe.stamp $(VENV)/clients/made.stamp $(VENV)/tryton/fresh.sqlite $(EXPLORER)/dist/index.html $(patsubst %,%/node_modules/.package-lock.json,$(NODE_TESTS) $(CAP) $(VENDURE))

check: lint $(EXPLORER)/dist/index.html
	@$(BIN)/python -m pytest -q -n 2 -m "not box and not browser and not node and not suite"

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

# NAME=fields runs one; the others keep their figures
bench: bench-setup
	@for name in $(or $(NAME),$(BENCHES)); do \
		echo "== $$name"; \
		$(BIN)/python -m bench $$name --json bench/results/$$name.json || exit 1; \
	done
	@$(BIN)/python -m bench report

bench-quick: bench-setup
	@$(BIN)/python -m bench federation --quick --seconds 3 --rounds 3

bench-setup: $(BIN)/santong $(BENCH)

scale: $(VENV)/dev.stamp
	@$(BIN)/python -m bench members --members $(or $(MEMBERS),1000000) --json bench/results/members.json
	@$(BIN)/python -m bench participants --participants $(or $(PARTICIPANTS),1000000) --json bench/results/participants.json
	@$(BIN)/python -m bench report

# the gateway, its clients and the writers share one process: figures are those of the whole
reconnect: $(VENV)/dev.stamp
	@SANTONG_TEST_CLIENTS=$(or $(CLIENTS),1000) $(BIN)/python -m pytest -q --timeout 1800 tests/gateway/live/test_reconnecting.py

differential: $(VENV)/dev.stamp
	@DIFFERENTIAL_OPERATIONS=$(or $(OPERATIONS),40000) $(BIN)/python -m pytest -q tests/gateway/execution/differential/test_differential.py

interleaved: $(VENV)/dev.stamp
	@INTERLEAVED_CALLS=$(or $(CALLS),100000) $(BIN)/python -m pytest -q --timeout 3600 tests/acceptance/test_interleaved_callers.py

pairs: $(VENV)/dev.stamp
	@COMPARED_PAIRS=$(or $(PAIRS),100000) $(BIN)/python -m pytest -q --timeout 1800 tests/capabilities/adoption/test_comparing.py

dual-writes: $(VENV)/dev.stamp
	@DUAL_WRITES=$(or $(WRITES),1000) DUAL_ROUNDS=$(or $(ROUNDS),1) $(BIN)/python -m pytest -q --timeout 3600 tests/work/test_dual_writes.py tests/work/test_dual_killed.py

adopting: $(VENV)/dev.stamp
	@ADOPTION_WAYS=$(or $(WAYS),200) $(BIN)/python -m pytest -q --timeout 3600 tests/work/test_adoption_laws.py

soak: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.soak --seconds $(or $(SECONDS),1800)

demo-flash: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.demo_flash

story: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -q tests/acceptance/adoption_story.py

demo-adoption: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.demo_adoption

# DEATHS=12 GATEWAYS=2 is a short one
chaos: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.chaos --json bench/results/chaos.json $(and $(DEATHS),--deaths $(DEATHS)) $(and $(GATEWAYS),--gateways $(GATEWAYS))
	@$(BIN)/python -m bench report

standby: $(VENV)/dev.stamp
	@$(BIN)/python -m bench.standby --json bench/results/standby.json
	@$(BIN)/python -m bench report

clean:
	rm -rf $(VENV) .santong build dist $(EXPLORER)/dist
	rm -rf $(EXPLORER)/node_modules $(NODE_TESTS)/node_modules $(CAP)/node_modules $(VENDURE)/node_modules $(PEERS)/*/node_modules bench/results
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: moved
moved:

$(VENV)/made.stamp: $(MOVED)
	@test -n "$(PYTHON)" || { echo "Santong needs CPython 3.11 to 3.14 as python3, with venv." >&2; exit 1; }
	@echo "making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "$(CURDIR)" > $@

$(VENV)/run.stamp: locks/run.txt $(VENV)/made.stamp
	@echo "installing locks/run.txt"
	@$(PIP) -r locks/run.txt
	@touch $@

$(VENV)/dev.stamp: locks/dev.txt $(BIN)/santong
	@echo "installing locks/dev.txt"
	@$(PIP) -r locks/dev.txt
	@touch $@

# the extra that finds likely duplicates
dedupe: $(VENV)/dedupe.stamp

$(VENV)/dedupe.stamp: locks/dedupe.txt $(BIN)/santong
	@echo "installing locks/dedupe.txt"
	@$(PIP) -r locks/dedupe.txt
	@touch $@

# the benches' peers in Python, away from what Santong itself runs with
$(VENV)/peers/made.stamp: locks/bench.txt $(VENV)/made.stamp
	@echo "installing locks/bench.txt"
	@$(BIN)/python -m venv --clear $(VENV)/peers
	@$(subst $(BIN),$(VENV)/peers/bin,$(PIP)) -r locks/bench.txt
	@touch $@

# what makes typed clients of resources and what tries them, away from what Santong runs with
$(VENV)/clients/made.stamp: locks/clients.txt $(VENV)/made.stamp
	@echo "installing locks/clients.txt"
	@$(BIN)/python -m venv --clear $(VENV)/clients
	@$(subst $(BIN),$(VENV)/clients/bin,$(PIP)) -r locks/clients.txt
	@touch $@

# a real Tryton for the suite, away from what Santong runs with, and its empty database
$(VENV)/tryton/fresh.sqlite: locks/tryton.txt tests/tryton/trytond.conf tests/tryton/password $(VENV)/made.stamp
	@echo "installing locks/tryton.txt"
	@$(BIN)/python -m venv --clear $(VENV)/tryton
	@$(subst $(BIN),$(VENV)/tryton/bin,$(PIP)) -r locks/tryton.txt
	@echo "making Tryton's database"
	@touch $@
	@TRYTONPASSFILE=tests/tryton/password TRYTOND_DATABASE__PATH="$(CURDIR)/$(VENV)/tryton" \
		$(VENV)/tryton/bin/python $(VENV)/tryton/bin/trytond-admin -c tests/tryton/trytond.conf -d fresh \
		-u party product sale --activate-dependencies --email admin@example.com

# the command without a build backend: the repository on the path and a script that calls it
$(BIN)/santong: $(VENV)/run.stamp
	@echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/santong.pth"
	@printf '#!/bin/sh\nexec "%s/python" -m gateway.cli "$$@"\n' "$(CURDIR)/$(BIN)" > $@
	@chmod +x $@

$(EXPLORER)/dist/index.html: $(EXPLORER)/node_modules/.package-lock.json $(EXPLORER_SOURCES)
	@echo "building the explorer"
	@$(NPM) --prefix $(EXPLORER) run --silent build -- --logLevel error
	@touch $@

# before whoever needs it, so that two under `make -j` do not install it at once
$(VENV)/node.stamp: locks/node.txt $(VENV)/run.stamp
	@.ci/with-node true
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json | $(VENV)/node.stamp
	@echo "installing $*/package-lock.json"
	@$(NPM) --prefix $* ci
	@touch $@
