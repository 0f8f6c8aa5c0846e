# make run and make test need nothing but Python 3.11+; everything else they bring themselves.
.DEFAULT_GOAL := help
.PHONY: help run setup test fmt fmt-check lint types unit e2e fallback openclaw bars schemathesis bench bench-full \
    docs docs-check screenshots lock clean
PYTHON := .venv/bin/python
# The locked node comes first, so that tests do not depend on the machine's.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help:            ## show these words
	@grep -hE '^[a-z0-9-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16

run: .venv/.run  ## start relay and console on port 3000, in memory
	@$(PYTHON) -m cli.main serve

setup: .venv/.dev node_modules/.done  ## make the environment, start nothing
	@tools/browser.sh

test: setup      ## everything that CI checks
	@$(MAKE) --no-print-directory fmt-check lint types docs-check unit e2e

fmt: .venv/.dev  ## format
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix --select I .

fmt-check: .venv/.dev
	$(PYTHON) -m ruff format --check .

lint: .venv/.dev ## ruff and the import contracts
	$(PYTHON) -m ruff check .
	.venv/bin/lint-imports

types: .venv/.dev  ## mypy, strict
	$(PYTHON) -m mypy .

unit: .venv/.dev ## one process, memory store, no browser
	$(PYTHON) -m pytest tests -n 2

e2e: setup       ## the real server, sockets, faults, browser
	$(PYTHON) -m pytest e2e --ignore e2e/bars -n 3 --dist worksteal --durations 25

fallback: setup  ## what the direct way must not change, without it
	E2E_TRANSPORT=plain $(PYTHON) -m pytest $(addprefix e2e/test_,at_least_once.py order.py bad_packets.py v1.py slow_reader.py)

openclaw: setup  ## the sidecar with the real OpenClaw: installs 650 MB into the cache, once
	CLAWNET_OPENCLAW="$$(tools/openclaw.sh)" $(PYTHON) -m pytest e2e/openclaw

bars: setup      ## the console against its bars, alone on the machine; numbers in evidence/bars.txt
	CLAWNET_BARS=1 $(PYTHON) -m pytest e2e/bars e2e/test_console_axe.py e2e/test_security_hostile_text.py -s

schemathesis: setup  ## thousands of odd requests made from docs/openapi.yaml, by each role
	$(PYTHON) -m e2e.schema.run

bench: setup     ## a short measurement
	$(PYTHON) -m bench.soak --seconds 60
	$(PYTHON) -m bench.chat --scenario room20,room20-single,dm --save chat
	$(PYTHON) -m bench.standing
	$(PYTHON) -m bench.report

bench-full: setup ## all measurements: hours; power loss needs root
	$(PYTHON) -m bench.chat --full --save chat
	$(PYTHON) -m bench.chat --full --scenario room20 --targets clawnet:json,clawnet:sqlite,clawnet:postgresql
	$(PYTHON) -m bench.standing
	$(PYTHON) -m bench.growth
	$(PYTHON) -m bench.paced
	$(PYTHON) -m bench.report
	$(PYTHON) -m bench.soak --seconds 60
	$(PYTHON) -m bench.storage --history 0,1000,10000,100000,1000000
	$(PYTHON) -m bench.lag
	$(PYTHON) -m bench.console --minutes 5
	$(PYTHON) -m bench.endurance --minutes 30 --store memory
	$(PYTHON) -m bench.endurance --minutes 30 --store sqlite:$$(mktemp -d)/relay.db
	CLAWNET_STORM=1000 $(PYTHON) -m pytest e2e/test_task_storm.py
	for store in json sqlite postgresql; do $(PYTHON) -m e2e.crash.rounds --store $$store || exit 1; done
	for store in json sqlite postgresql; do $(PYTHON) -m e2e.crash.power_loss --store $$store || exit 1; done

docs: .venv/.dev ## write the generated tables anew
	$(PYTHON) -m docs.tables
	$(PYTHON) -m docs.openapi

screenshots: setup ## draw every view of the console anew, light and dark, wide and on a phone
	$(PYTHON) -m e2e.screenshots

docs-check: .venv/.dev
	$(PYTHON) -m docs.tables --check
	$(PYTHON) -m docs.openapi --check

lock:            ## resolve pyproject.toml into the locks (needs uv)
	tools/lock.sh

clean:
	rm -rf .venv node_modules

.venv/.run: requirements/run.txt
	@echo "Setting up the environment (once)…"
	@tools/environment.sh run

.venv/.dev: requirements/dev.txt
	@echo "Setting up the test environment (once)…"
	@tools/environment.sh dev

node_modules/.done: package-lock.json .venv/.dev
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@
