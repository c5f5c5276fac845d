# SPDX-License-Identifier: GPL-2.0-only
# Programs that drive vDPA devices from user space: how to compile them, and the library that they share. A Makefile
# that includes this has, in O, where it builds; it adds its own directory to VPATH and names its programs:
#
#   $(O)/program: $(call objects,main more) $(O)/libclient.a
#   	$(link)

CLIENT := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))

CFLAGS ?= -O2 -g
override CFLAGS += -std=gnu11 -Wall -Wextra -Werror -Wmissing-prototypes -Wstrict-prototypes -I$(CLIENT) -MMD -MP
# binaries built on one machine run in every lab
LDFLAGS ?= -static

VPATH := $(CLIENT)
LIB := mem vdpa ring packed vhostnet port frames command gso cpus clock flow tap

objects = $(addprefix $(O)/,$(addsuffix .o,$(1)))
link = $(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

# the first rule of whoever includes this
.PHONY: all
all:

$(O)/libclient.a: $(call objects,$(LIB))
	rm -f $@
	$(AR) rcs $@ $^

$(O)/%.o: %.c | $(O)
	$(CC) $(CFLAGS) -c -o $@ $<

$(O):
	mkdir -p $@

-include $(wildcard $(O)/*.d)
