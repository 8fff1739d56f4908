# From a clean clone to a result: `make demo`. The recipes that take more than a few lines are in setup/.
# Paths stay relative, so that a project folder with spaces in its name works.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help deps lint-tools lint build demo test run-tests readers test-cluster bench fuzz flips valgrind clean

CARGO ?= cargo
# rustup installs here, but only login shells have it in PATH
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin

# make test MPI=mpich, and so on: Debian's MPICH instead of what is found, with a target folder of its own
# (a site's module may have a variable of this name: only the command line counts)
override MPI := $(if $(filter command%,$(origin MPI)),$(MPI))
ifeq ($(MPI),mpich)
export MPI_PKG_CONFIG := mpich
export HDF5_DIR := /usr/lib/$(shell uname -m)-linux-gnu/hdf5/mpich
export CARGO_TARGET_DIR := target/mpich
else ifneq ($(MPI),)
$(error MPI=$(MPI): expected MPI=mpich, or nothing for the MPI that is found (see README.md, Building on a cluster))
endif

TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

# Open MPI refuses to run as root without both; the program itself never sets them
ifeq ($(shell id -u),0)
export OMPI_ALLOW_RUN_AS_ROOT := 1
export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1
endif

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "RANKS=4 sets the ranks of demo; MPIEXEC names another launcher; MPI=mpich takes Debian's MPICH for all of this."

deps: ## install what the build needs and is missing (Open MPI, parallel HDF5, libclang)
	@CARGO="$(CARGO)" MPI="$(MPI)" setup/deps.sh

lint-tools:
	@CARGO="$(CARGO)" setup/lint_tools.sh

build: deps ## build target/release/slepian
	"$(CARGO)" build --release --locked

demo: build ## compute the spectra of a made-up recording on all cores
	@setup/demo.sh "$(TARGET_DIR)/release/slepian"

# what does not depend on the MPI is looked at once
ifeq ($(MPI),)
test: lint readers ## format, lints, documentation, tests, and other programs reading our files; MPI=mpich: the tests alone
else
test: run-tests
endif

lint: deps lint-tools
	"$(CARGO)" fmt --check
	"$(CARGO)" clippy --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" "$(CARGO)" doc --no-deps --locked

run-tests: deps
	"$(CARGO)" test --locked

readers: run-tests
	@setup/readers.sh "$(TARGET_DIR)/debug/slepian"

test-cluster: deps ## jobs on a real Slurm of three nodes that is started for it; needs root
	@CARGO="$(CARGO)" MPI="$(MPI)" setup/test_cluster.sh

bench: build ## time the kernels, and us against competitors (benches/results.md); SECTIONS="files disk" for a part of that
	"$(CARGO)" build --release --locked --examples
	$(if $(SECTIONS),,"$(CARGO)" bench --locked --bench mtmfft)
	"$(or $(PYTHON),python3)" benches/run.py $(SECTIONS)

fuzz: deps ## fuzz what reads configs, .info files and containers, SECONDS=600 each
	@CARGO="$(CARGO)" setup/fuzz.sh $(or $(SECONDS),600)

flips: deps ## flip 2,000 bits of results of all methods and 500 of partial ones; FLIPS=100 for fewer
	SLEPIAN_FLIPS=$(or $(FLIPS),2000) SLEPIAN_FLIPS_OF_PARTS=$(or $(FLIPS),500) "$(CARGO)" test --locked --test program -- flips:: --nocapture

valgrind: deps ## the tests on one rank under memcheck
	@CARGO="$(CARGO)" setup/valgrind.sh

clean: ## remove everything that was built or computed here
	"$(CARGO)" clean
	rm -rf demo target
	find tests benches setup -depth -name __pycache__ -type d -exec rm -rf {} +
