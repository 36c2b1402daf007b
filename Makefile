# tdsec: two commands do everything: `make demo` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help demo server test bench conformance zoo live interop dist dist-test fmt lint clean fuzz demo-programs demo-files drivers

CARGO ?= cargo
PYTHON ?= python3

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: demo-programs ## load a million readings, print one table from five languages, meet an impostor
	@target/debug/tdsec-demo

server: ## a server to try the examples on, with database power, on port 6041 (PORT=…)
	@$(BUILD) --quiet
	@$(PYTHON) tests/serve.py

test: ## install what is missing and run every test
	@tests/run.sh

conformance: drivers ## every scenario on every surface; SCENARIO=part,… SURFACE=rust,… JSON=1 choose
	@target/debug/tdsec-conformance $(CHOICE)

live: drivers ## the same against TDSEC_URL, TDSEC_TOKEN, TDSEC_TLS_CA, TDSEC_USER, TDSEC_PASS
	@target/debug/tdsec-conformance --live $(CHOICE)

zoo: drivers ## certificates, chains, lists, pins and versions, right and wrong, on every surface
	@target/debug/tdsec-zoo $(if $(SURFACE),--surface '$(SURFACE)') $(if $(JSON),--json)

bench: ## every surface and peer against bare TLS, minutes; QUICK=1: less than one, with fewer rows
	@benches/run.sh $(if $(CHECK),--check)

interop: drivers ## HAProxy and nginx before every surface; the official Python, Go, Java and Rust clients and REST; r-nacos; Kubernetes
	@tests/interop/proxies/run.sh
	@tests/interop/run.sh
	@tests/interop/nacos.sh
	@tests/interop/kubernetes.sh

fuzz: ## ten minutes for each fuzz target
	@for target in address contents messages raw_block; do tests/fuzz/run.sh $$target 600 || exit 1; done

dist: ## what is shipped, into dist/: wheel, npm package, C library, source, checksums
	@.ci/dist.sh

dist-test: dist ## install each where nothing else is, run the README's examples, check the contents
	@$(CARGO) build --quiet --locked --workspace --lib --bins
	@.ci/check_dist.py dist

fmt: ## format all code
	@$(CARGO) fmt --all

lint: ## formatting and clippy, without a warning
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --workspace --all-targets --locked -- -D warnings

clean: ## remove everything that was built
	@$(CARGO) clean
	@rm -rf dist bindings-node/tdsec.node bindings-node/node_modules bindings-python/python/tdsec/*.so tests/fuzz/target

# What `make conformance` and `make live` hand on.
CHOICE = $(if $(SCENARIO),--only '$(SCENARIO)') $(if $(SURFACE),--surface '$(SURFACE)') $(if $(JSON),--json)
export TDSEC_URL TDSEC_TOKEN TDSEC_TLS_CA TDSEC_USER TDSEC_PASS

# All packages at once: chosen one by one, each would have its dependencies compiled with features of its own.
BUILD = $(CARGO) build --locked --workspace --lib --bins

drivers:
	@$(BUILD) --quiet
	@bindings-python/build.sh --built
	@bindings-node/build.sh --built
	@tests/runners/c/build.sh --built

demo-programs:
	@echo "building   (the first time takes some minutes)"
	@$(BUILD)
	@$(MAKE) --no-print-directory demo-files

demo-files:
	@bindings-python/build.sh --library-only --built
	@bindings-node/build.sh --built
	@mkdir -p examples/node/node_modules && ln -sfn ../../../bindings-node examples/node/node_modules/tdsec
	@ln -sf libtdsec.so target/debug/libtdsec.so.0
	@$(CC) -std=c99 -Wall -Wextra -O1 -Iinclude examples/c/demo.c -o target/debug/demo-c -Ltarget/debug -ltdsec -Wl,-rpath,$(CURDIR)/target/debug
