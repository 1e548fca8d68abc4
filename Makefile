# Daily commands. The build itself is CMake's (CMakeLists.txt, CMakePresets.json).
PRESET ?= release
BUILD := build/$(PRESET)
PREFIX ?= /usr/local
WPT_DIR ?= ../shared/wpt
# Where `make serve` listens; several apps share it under names of their own.
LISTEN ?= 127.0.0.1:8080
# How long clients go on in `make soak`.
SECONDS ?= 600
# How often each attack is made in `make hostile`.
ROUNDS ?= 100

.PHONY: help deps build serve test unit e2e soak hostile wpt bench install format check-format lint typecheck \
  sanitize check hooks clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

deps: ## Install missing Debian and npm packages (NANO_NO_INSTALL=1: only say so)
	@scripts/bootstrap

$(BUILD)/build.ninja: | deps
	@cmake --preset $(PRESET) --log-level=WARNING

build: deps $(BUILD)/build.ninja ## Build everything (PRESET=release, dev, asan, tsan)
	@cmake --build $(BUILD)

serve: build ## Build the examples and serve them on $(LISTEN)
	@$(BUILD)/bin/nanoc build examples --out build/examples-dist
	@exec $(BUILD)/bin/nano serve build/examples-dist --config examples/nano.yaml --listen $(LISTEN)

test: unit e2e wpt typecheck ## Build and run every test

unit: build ## Run the unit tests
	@ctest --test-dir $(BUILD) --parallel $$(nproc) --output-on-failure --no-tests=error

e2e: build ## Run the end-to-end tests: the real programs, over sockets
	@NANO_BUILD_DIR=$(CURDIR)/$(BUILD) WPT_DIR=$(abspath $(WPT_DIR)) tests/e2e/run

soak: build ## Clients side by side, and load with swaps, stops and kills, SECONDS=600 each; then many of these
	@NANO_BUILD_DIR=$(CURDIR)/$(BUILD) NANO_SOAK_SECONDS=$(SECONDS) tests/e2e/run --test-concurrency=1 \
	  --test-timeout=7200000 tests/e2e/side-by-side.test.ts tests/e2e/soak.test.ts
	@NANO_BUILD_DIR=$(CURDIR)/$(BUILD) NANO_SOAK_KILLS=100 NANO_SOAK_SWAPS=500 NANO_SOAK_STOPS=1000 tests/e2e/run \
	  --test-concurrency=1 --test-timeout=3600000 tests/e2e/supervisor-kills.test.ts tests/e2e/swap-memory.test.ts \
	  tests/e2e/retired-isolates.test.ts

hostile: build ## Attacks of one app beside another under load, each ROUNDS=100 times
	@NANO_BUILD_DIR=$(CURDIR)/$(BUILD) NANO_HOSTILE_ROUNDS=$(ROUNDS) tests/e2e/run --test-timeout=14400000 \
	  tests/e2e/hostile/neighbours.test.ts

wpt: build ## Run the Web Platform Tests of WPT_DIR (tests/wpt/README.md)
	@tests/wpt/run --self-test
	@NANO_BUILD_DIR=$(CURDIR)/$(BUILD) WPT_DIR=$(WPT_DIR) tests/wpt/run

typecheck: deps ## Check the types of all TypeScript
	@scripts/typecheck

lint: build ## Look for mistakes that compile, in C++, TypeScript and scripts
	@scripts/bootstrap tools/lint/packages.txt
	@NANO_BUILD_DIR=$(BUILD) tools/lint/run

sanitize: deps ## Run the tests of what reads bytes of others with sanitizers
	@tools/sanitize

check: ## Everything that has to pass before a change lands
	@MAKE=$(MAKE) tools/check

hooks: ## Check formats and lint before each commit (undo: git config --unset core.hooksPath)
	@git config core.hooksPath tools/hooks

bench: build ## Measure NANO beside its peers, and count instructions
	@scripts/bootstrap bench/packages.txt
	@NANO_BUILD_DIR=$(CURDIR)/$(BUILD) bench/run

install: ## Install to PREFIX (after `make build`): bin/nano, bin/nanoc, lib/nano/
	@test -e $(BUILD)/lib/nano/base.snapshot || $(MAKE) build
	@cmake --install $(BUILD) --prefix $(PREFIX) --strip >/dev/null
	@echo "Installed $(PREFIX)/bin/nano and $(PREFIX)/bin/nanoc"

format: deps ## Format all sources
	@sources=$$(tools/sources '*.cc' '*.h') && printf '%s\n' "$$sources" | xargs -r clang-format -i
	@node_modules/.bin/prettier --log-level=warn --write .

check-format: deps ## Fail if a source is not formatted
	@sources=$$(tools/sources '*.cc' '*.h') && printf '%s\n' "$$sources" | xargs -r clang-format --dry-run --Werror
	@node_modules/.bin/prettier --log-level=warn --check .

clean: ## Remove everything that was built
	@rm -rf build
