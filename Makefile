# SPDX-License-Identifier: GPL-2.0-only
#
#   make                      modules for the running kernel
#   make KDIR=…               modules for another one (its build directory)
#   make help                 the rest

KDIR ?= /lib/modules/$(shell uname -r)/build
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR)

.DEFAULT_GOAL := modules
.PHONY: modules install clean help

modules: ## build softdpu.ko, softdpu_vdpa.ko and softdpu_sim.ko
	$(KBUILD) modules

install: modules ## install them below /lib/modules (INSTALL_MOD_PATH=… puts that elsewhere)
	$(KBUILD) modules_install

clean: ## remove what the build made
	$(KBUILD) clean

# Labs, tests and lint: targets go below, each with its line for help after ##

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24
