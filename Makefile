# SPDX-License-Identifier: GPL-2.0-only
# The few words a person types. `make help` tells them.
KDIR ?= /lib/modules/$(shell uname -r)/build
# The release as `uname -r` says it; Debian's kernel.release says something else.
# Without headers, which nobody needs to uninstall, by the name of their folder.
utsrelease = $(wildcard $(KDIR)/include/generated/utsrelease.h)
release = $(if $(utsrelease),$(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
	$(utsrelease)),$(patsubst /lib/modules/%/build,%,$(KDIR)))
modules = $(INSTALL_MOD_PATH)/lib/modules/$(release)

all: config
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

config:
	@scripts/check-config $(KDIR)

# Debian has no key to sign with, and would say so in twelve lines.
install: all
	$(MAKE) -C $(KDIR) M=$(CURDIR) KERNELRELEASE=$(release) \
		INSTALL_MOD_DIR=updates INSTALL_MOD_STRIP=1 CONFIG_MODULE_SIG_ALL= modules_install
	rm -rf $(modules)/updates/kunit
	depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(release)

uninstall:
	find $(modules) -name 'mgate.ko*' -delete
	depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(release)

clean:
	@find . -name .git -prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' -o -name Module.symvers \
		-o -name modules.order \) -print0 | xargs -0r rm -f
	@rm -rf .tmp_versions build

kunit:
	@scripts/kunit

demo:
	@scripts/demo

check:
	@scripts/check

# make passes SECONDS on; to bash it is something else.
fuzz:
	@env -u SECONDS scripts/fuzz/run $(if $(SECONDS),--seconds $(SECONDS)) \
		$(if $(COVERAGE),--coverage)

storm:
	@env -u SECONDS scripts/storm $(if $(MINUTES),--minutes $(MINUTES)) \
		$(if $(SECONDS),--seconds $(SECONDS))

matrix:
	@scripts/matrix

bench:
	@scripts/bench

help:
	@echo 'make             build mgate.ko for the running kernel (KDIR=... for another)'
	@echo 'make install     install it, so that modprobe finds it; make uninstall undoes that'
	@echo 'make clean       remove what was built'
	@echo 'make demo        see it work, in a virtual machine'
	@echo 'make check       run all checks and tests; make kunit: only the KUnit suites'
	@echo 'make fuzz        feed random input to it in user space, SECONDS=60 (COVERAGE=1)'
	@echo 'make storm       everything at once, and all that can fail, MINUTES=10 of each'
	@echo 'make matrix      build for all kernels it knows, and run the tests on them'
	@echo 'make bench       measure its speed beside the built-in snooping'
	@echo 'On Debian, as root, demo, check, fuzz, storm, matrix, bench and kunit install by apt what they need.'

.PHONY: all config install uninstall clean kunit demo check fuzz storm matrix bench help
