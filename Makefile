# The front door. Each target installs what it needs and is missing (Debian 12), and leaves everything in build/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build test check bench fuzz format

FUZZ_SECONDS ?= 60
SOURCES = $(shell find src fuzz bench -name '*.[ch]pp' -not -path '*/node_modules/*')

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: build ## Build, then run Gatehouse in front of a sample API and say what to try
	@scripts/install-packages.sh run
	@scripts/demo.py

build: ## Build the release binary: build/release/gatehouse
	@scripts/install-packages.sh build
	@cmake --preset release -DGATEHOUSE_TESTS=OFF --log-level=WARNING
	@cmake --build --preset release --target gatehouse

test: ## Build everything, run unit tests, checks and scenario tests
	@scripts/install-packages.sh build test
	@cmake --preset release -DGATEHOUSE_TESTS=ON --log-level=WARNING
	@cmake --build --preset release
	@scripts/run-tests.sh build/release

check: test ## Also: under sanitizers, 1,000 crashes, formatting, a short fuzz run
	@scripts/install-packages.sh check
	clang-format-19 --dry-run -Werror $(SOURCES)
	GATEHOUSE_BINARY=$(CURDIR)/build/release/gatehouse-test GATEHOUSE_KILLS=1000 tests/run -k x05
	cmake --preset asan --log-level=WARNING && cmake --build --preset asan && scripts/run-tests.sh build/asan
	cmake --preset tsan --log-level=WARNING && cmake --build --preset tsan && scripts/run-tests.sh build/tsan
	@$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=10

bench: ## Measure against other servers on this machine; results in bench/results/
	@scripts/install-packages.sh build test bench
	@bench/run

fuzz: ## Run each fuzz target for FUZZ_SECONDS (60)
	@scripts/install-packages.sh build check
	@cmake -S . -B build/fuzz -G Ninja -DCMAKE_C_COMPILER=clang-19 -DCMAKE_CXX_COMPILER=clang++-19 \
	  -DCMAKE_BUILD_TYPE=Sanitize -DGATEHOUSE_TESTS=OFF -DGATEHOUSE_FUZZ=ON \
	  -DGATEHOUSE_SANITIZE=address,undefined,fuzzer-no-link --log-level=WARNING
	@cmake --build build/fuzz --target $(notdir $(basename $(wildcard fuzz/*_fuzz.cpp)))
	@scripts/run-fuzz.sh build/fuzz $(FUZZ_SECONDS)

format: ## Format the sources
	@scripts/install-packages.sh check
	clang-format-19 -i $(SOURCES)
