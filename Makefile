# SPDX-License-Identifier: GPL-2.0-only
#
#   make                      modules for the running kernel
#   make KDIR=…               modules for another one (its build directory)
#   make demo                 the tour, in a virtual machine
#   make check                lint, unit tests, fuzzers, suites in the labs
#   make help                 the rest

KDIR ?= /lib/modules/$(shell uname -r)/build
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR)

.DEFAULT_GOAL := modules
.PHONY: modules install clean tools demo check check-fast check-long lint unit coverage fuzz fuzz-corpus conformance clients bench bench-control bench-switchdev bench-instructions help

modules: ## build softdpu.ko, softdpu_vdpa.ko and softdpu_sim.ko
	$(KBUILD) modules

install: modules ## install them below /lib/modules (INSTALL_MOD_PATH=… puts that elsewhere)
	$(KBUILD) modules_install

clean: ## remove what the build made
	$(KBUILD) clean

tools: ## build the programs for user space in build/tools: softdpu-bench, vdpa-conform
	$(MAKE) -s -C tools

demo: ## the tour: a container and a virtual machine talk through a card that is not there
	tools/softdpu-lab demo

check: ## lint, unit tests, coverage, fuzzers, and the suites in the labs; CHECK=--again as in CI
	tests/check.sh $(CHECK)

check-fast: ## likewise, with the suites in User-Mode Linux only
	tests/check.sh --fast

check-long: ## likewise, with all that the suites have in every lab; takes hours
	tests/check.sh --long

lint: ## checkpatch, sparse, shellcheck and the rest
	tests/lint.sh

unit: ## unit tests of the parts that run in user space
	$(MAKE) -s -C tests/unit check

coverage: ## lines that the unit tests run: a table, and at least 95 % of the engine's
	tests/coverage.sh

fuzz: ## every fuzzer from its corpus, FUZZ_TIME=600 seconds each
	tests/fuzz/run.sh

fuzz-corpus: ## what they found since, minimized, into tests/fuzz/corpus
	tests/fuzz/corpus.sh

bench: ## rates, latency and TCP beside what the kernel has, in the uml lab; writes the figures of performance.rst
	tests/bench/all.sh

bench-control: ## a thousand devices made and deleted, and what a VMM asks of one, in the uml lab
	tools/softdpu-lab run --kernel uml --vfs 64 -- tests/bench/control.sh

bench-switchdev: ## frames by rules of tc and over representors, beside legacy mode and vhost-net, in the uml lab
	tools/softdpu-lab run --kernel uml --vfs 4 --timeout 1800 -- tests/bench/switchdev.sh

conformance: ## vdpa-conform on a device of ours and on vdpa_sim_net, in the uml lab; writes the results of conformance.rst
	tests/conformance/all.sh

clients: ## tests that others wrote for vDPA devices (Go, Rust), on a device of ours in the uml lab; takes 700 MB of packages
	tests/clients/all.sh

bench-instructions: ## instructions of the virtqueue engine and the DMA map (KEEP=--keep: write them down)
	tests/bench/instructions.sh $(KEEP)

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28
