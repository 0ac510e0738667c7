# Everything that a newcomer needs: `make demo` to see it, `make test` to trust it.
# What is missing on the machine is installed by testbed/setup.sh and openflow/interop/setup.sh (Debian's packages, and
# os-ken from PyPI; cargo does the rest).

CARGO ?= cargo
export CARGO_TERM_COLOR ?= always

.PHONY: help demo build test lint setup check tests interop mininet fuzz bench

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

build: ## Build both binaries: target/debug/baton and target/debug/testbed
	$(CARGO) build --locked -p controller -p testbed --bins

demo: ## Three controllers, virtual switches, live migrations under traffic (no root needed)
	$(CARGO) build --locked --profile demo -p controller -p testbed --bins
	target/demo/testbed demo

test: lint check mininet ## Everything, real Open vSwitch and Mininet included (installs them; needs root)

lint: ## Formatting, clippy and rustdoc, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --lib

setup: ## Install Open vSwitch, Mininet, Wireshark and os-ken where they are missing
	testbed/setup.sh
	openflow/interop/setup.sh

check: setup ## Unit tests, those of `interop`, and real controller processes against virtual switches
	$(CARGO) test --locked --workspace

interop: ## Wireshark and os-ken judge the codec (installs them); a part of `check`
	openflow/interop/setup.sh
	$(CARGO) test --locked --workspace --test interop -- --nocapture

# Brings both binaries too, built as `check` builds them: `build` would build most dependencies once more,
# since their features differ without the tests.
tests:
	$(CARGO) test --locked --workspace --no-run

mininet: setup tests ## Real Open vSwitch and Mininet, three controller processes
	testbed/mininet/run.sh

# FUZZ_RUNS is a number of executions of each target, in place of a time.
FUZZ_SECONDS ?= 60

fuzz: ## Bytes that a fuzzer makes up, for FUZZ_SECONDS a target (installs cargo-fuzz)
	FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_RUNS=$(FUZZ_RUNS) openflow/fuzz/run.sh

bench: ## Baton and other controllers side by side, and the codec (installs them; needs root, two idle processors)
	testbed/rivals/setup.sh
	$(CARGO) build --locked --release -p controller -p testbed --bins
	target/release/testbed bench controllers --json target/controllers.json --markdown target/controllers.md
	$(CARGO) bench --locked -p openflow --bench codec
