# Each target first installs what it needs into .venv, silently if it is installed already.
# ARGS is passed on to the program: make crawl ARGS="-a sections=money"
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
# Without compiled files each program started by the demo and the tests takes a second longer.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

TARGETS := help install demo crawl schedule browse test check format docs bench bench-peers soak fuzz lock clean
.PHONY: $(TARGETS) runtime dev

PYTHON := .venv/bin/python
# Two processes more than cores: many tests wait for a program or a deadline.
JOBS := $$($(PYTHON) -c "import os; print(min((os.cpu_count() or 1) + 2, 8))")
PYTEST := $(PYTHON) -m pytest -n "$(JOBS)" --dist worksteal

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

install: ## install what the crawler needs into .venv; ARGS=all or ARGS="excel report" for extras
	@sh tools/venv.sh runtime $(ARGS)
	@echo "Installed: .venv/bin/scrapy crawl kompas"

demo: ## crawl an invented Kompas.com on this machine, step by step, without a network
	@sh tools/venv.sh runtime report browse
	@.venv/bin/scrapy demo $(ARGS)

crawl: runtime ## crawl Kompas.com into the archive, by default data/kompas.db
	@.venv/bin/scrapy crawl kompas $(ARGS)

schedule: ## print a schedule for the sweep; ARGS=systemd or ARGS=cron installs it
	@"$$(command -v python3 || echo .venv/bin/python)" tools/schedule.py $(ARGS)

browse: ## search and read the archive in a web browser
	@sh tools/venv.sh runtime browse
	@.venv/bin/scrapy browse $(ARGS)

test: dev ## run the tests without the slow ones
	$(PYTEST) -m "not slow" $(ARGS)

check: dev ## run what CI runs: lint, format, types and every test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	@# Meanwhile the tests are compiled once, which each of their processes would do.
	$(PYTHON) -m pytest --collect-only -q $(ARGS) >/dev/null 2>&1 & $(PYTHON) -m mypy; code=$$?; wait; exit $$code
	$(PYTEST) $(ARGS)

format: dev ## fix the format, and what lint can fix
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

docs: dev ## write docs/reference from the code
	@$(PYTHON) -m tools.reference

bench: dev ## measure the speed (25 minutes); ARGS="crawl export" for parts, ARGS=--quick
	@sh tools/extractors.sh
	@$(PYTHON) -m benchmarks $(ARGS)

bench-peers: dev ## measure other crawlers on the same pages, each in its own environment
	@$(PYTHON) -m benchmarks peers $(ARGS)

soak: dev ## crawl 50,000 pages and watch memory, open files and log; or ARGS=histories
	@$(PYTHON) -m benchmarks $(if $(filter histories,$(ARGS)),,soak) $(ARGS)

fuzz: dev ## read 200,000 pages that were broken at random; ARGS="1 SEED" replays one
	@$(PYTHON) -m tests.fuzz $(ARGS)

lock: dev ## update the lock files to today's versions
	@sh tools/lock.sh
	@git --no-pager diff --stat -- requirements.lock requirements-dev.lock requirements-fleet.lock

clean: ## remove .venv and the files of tools; data/ stays
	rm -rf .venv .venv-peers build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime dev:
	@sh tools/venv.sh $@
