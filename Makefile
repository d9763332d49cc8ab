# Everything a person needs to type. The work is in scripts/; each says in its first lines what it does.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help run test bite crash simulate fuzz fuzz-api check setup site build screenshots lighthouse load large overload clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## build the shop and serve the demo at http://127.0.0.1:3000
	@scripts/run.sh

test: ## run every test there is, the browser's included
	@scripts/test.sh

bite: ## take out each guard of the races in turn and show which races notice
	@scripts/bite.sh

crash: ## let the shop fail at every failpoint in every way and show what is left behind
	@scripts/crash.sh $(CELLS)

simulate: ## try random histories against a model: make simulate MINUTES=60, or one again: make simulate SEED=7
	@MINUTES=$(or $(MINUTES),1) FROM=$(FROM) SEED=$(SEED) WITHOUT=$(WITHOUT) scripts/simulate.sh

fuzz-api: ## try the API against its own document with schemathesis
	@scripts/setup.sh test
	@scripts/build-server.sh dev
	@scripts/fuzz-api.sh

fuzz: ## look for bytes that break the shop: make fuzz, or make fuzz TARGET=headers MINUTES=5
	@scripts/fuzz.sh $(or $(TARGET),all) $(or $(MINUTES),60)

check: ## format, lints and the quick Rust tests: before every commit
	@scripts/check.sh

setup: ## install what building and testing need (the others do it too)
	@scripts/setup.sh test

site: ## build what the browser gets, into site/
	@scripts/setup.sh run
	@scripts/build-site.sh

build: site ## compile the program, release
	@scripts/build-server.sh release

screenshots: ## take a picture of every page, into end2end/screenshots/
	@scripts/screenshots.sh

lighthouse: ## measure the pages that sell, as a telephone; fails under 95 of 100
	@scripts/lighthouse.sh

load: ## measure the shop under load: make load, or make load DB=mariadb REDIS=yes
	@DB=$(DB) REDIS=$(REDIS) scripts/load.sh

large: ## fill a shop with a million orders and time the operators' lists: make large, or make large DB=mariadb
	@DB=$(DB) ORDERS=$(ORDERS) TIMES=$(TIMES) scripts/large.sh

overload: ## give the shop three times what it can serve, 500 logins, 10,000 idle connections; likewise
	@DB=$(DB) REDIS=$(REDIS) scripts/overload.sh

clean: ## delete what was built in this folder, the demo's data included
	rm -rf site target public/fonts node_modules end2end/node_modules end2end/lighthouse/node_modules end2end/test-results end2end/screenshots
