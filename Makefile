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
.PHONY: modules install clean demo check check-fast lint unit coverage fuzz fuzz-corpus bench bench-instructions help

modules: ## build softdpu.ko, softdpu_vdpa.ko and softdpu_sim.ko
	$(KBUILD) modules

install: modules ## install them below /lib/modules (INSTALL_MOD_PATH=… puts that elsewhere)
	$(KBUILD) modules_install

clean: ## remove what the build made
	$(KBUILD) clean

demo: ## the tour: a container and a virtual machine talk through a card that is not there
	tools/softdpu-lab demo

check: ## lint, unit tests, coverage, fuzzers, and the suites in the labs
	tests/check.sh

check-fast: ## likewise, with the suites in User-Mode Linux only
	tests/check.sh --fast

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

bench-instructions: ## instructions of the virtqueue engine a packet (KEEP=--keep: write them down)
	tests/bench/instructions.sh $(KEEP)

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 28
