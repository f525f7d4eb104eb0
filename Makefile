# SPDX-License-Identifier: GPL-2.0-only
# The few words a person types. `make help` tells them.
KDIR ?= /lib/modules/$(shell uname -r)/build
# The release as `uname -r` says it; Debian's kernel.release says something else.
# Without headers, which nobody needs to uninstall, by the name of their folder.
utsrelease = $(wildcard $(KDIR)/include/generated/utsrelease.h)
release = $(if $(utsrelease),$(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
	$(utsrelease)),$(patsubst /lib/modules/%/build,%,$(KDIR)))
# PREFIX: where the tools and their manual go. DESTDIR: before all that is installed.
PREFIX ?= /usr/local
DESTDIR ?=
# An empty one may come down from another make.
INSTALL_MOD_PATH := $(or $(INSTALL_MOD_PATH),$(DESTDIR))
prefix = $(DESTDIR)$(PREFIX)
library = $(prefix)/lib/mgate
completions = $(prefix)/share/bash-completion/completions
rules = $(prefix)/lib/udev/rules.d
modules = $(INSTALL_MOD_PATH)/lib/modules/$(release)
version = $(or $(MGATE_VERSION),$(shell scripts/version))
# What DKMS builds from, and as which version: it asks which of two is the newer one.
ordered = $(or $(MGATE_VERSION),$(shell scripts/version --ordered))
source = $(DESTDIR)/usr/src/mgate-$(ordered)
# All versions that DKMS has.
registered = $(shell dkms status -m mgate | sed -n 's|^mgate[/,] *\([^,: ]*\).*|\1|p' | sort -u)

all: config
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

config:
	@scripts/check-config $(KDIR)

# Debian has no key to sign with, and would say so in twelve lines.
install: all install-tools
	$(MAKE) -C $(KDIR) M=$(CURDIR) KERNELRELEASE=$(release) \
		INSTALL_MOD_PATH=$(INSTALL_MOD_PATH) INSTALL_MOD_DIR=updates INSTALL_MOD_STRIP=1 \
		CONFIG_MODULE_SIG_ALL= modules_install
	rm -rf $(modules)/updates/kunit
	depmod $(if $(INSTALL_MOD_PATH),-b $(INSTALL_MOD_PATH)) $(release)

install-tools:
	install -d $(prefix)/sbin $(library)/mgatelib $(completions) $(rules) $(addprefix $(prefix)/share/man/man,4 5 8)
	install scripts/mgate scripts/mgate-top $(prefix)/sbin
	install -m 644 scripts/mgatelib/*.py $(library)/mgatelib
	echo '$(version)' >$(library)/mgatelib/release
	chmod 644 $(library)/mgatelib/release
	install -m 644 scripts/completion/mgate $(completions)
	ln -sf mgate $(completions)/mgate-top
	install -m 644 scripts/man/*.4 $(prefix)/share/man/man4
	install -m 644 scripts/man/*.5 $(prefix)/share/man/man5
	install -m 644 scripts/man/*.8 $(prefix)/share/man/man8
	sed 's|/usr/sbin|$(PREFIX)/sbin|' scripts/udev/85-mgate.rules >$(rules)/85-mgate.rules
	chmod 644 $(rules)/85-mgate.rules

dkms-tree:
	install -d $(source)/scripts
	cp -p Kbuild Makefile $(source)
	cp -p scripts/version scripts/check-config $(source)/scripts
	find module include -name '*.[ch]' -exec cp -p --parents -t $(source) {} +
	sed 's/#MODULE_VERSION#/$(ordered)/' scripts/dkms.conf >$(source)/dkms.conf

dkms-no-package:
	@! dpkg-query -W -f '$${db:Status-Status}' mgate-dkms 2>/dev/null | grep -qx installed || { echo \
		"mgate: DKMS has it from the package mgate-dkms: run apt purge mgate-dkms first"; exit 1; } >&2

# depmod takes what make install leaves, and not what DKMS does.
dkms-install: config dkms-no-package
	@old='$(wildcard $(modules)/updates/mgate.ko*)'; [ -z "$$old" ] || { echo "mgate: $$old, \
which make install left, would be loaded in place of what DKMS builds: run make uninstall first"; \
		exit 1; } >&2
	$(MAKE) dkms-uninstall
	$(MAKE) dkms-tree
	dkms install mgate/$(ordered) -k $(release)

# All versions, and what they are built from: the commit may be another one by now.
dkms-uninstall: dkms-no-package
	$(foreach old,$(registered),dkms remove mgate/$(old) --all && \
		rm -rf $(DESTDIR)/usr/src/mgate-$(old) &&) :

# Into build/.
deb:
	@scripts/deb

uninstall-tools:
	rm -rf $(library)
	rm -f $(rules)/85-mgate.rules $(addprefix $(prefix)/sbin/,mgate mgate-top) \
		$(addprefix $(completions)/,mgate mgate-top) \
		$(prefix)/share/man/man4/mgate.4 $(prefix)/share/man/man5/mgate.conf.5 \
		$(addprefix $(prefix)/share/man/man8/,mgate.8 mgate-top.8)

uninstall: uninstall-tools
	rm -f $(modules)/updates/mgate.ko*
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

coverage:
	@scripts/coverage

bench:
	@scripts/bench

help:
	@echo 'make             build mgate.ko for the running kernel (KDIR=... for another)'
	@echo 'make install     install it, its tools and manual; make uninstall undoes that'
	@echo 'make deb         build Debian packages into build/, for DKMS and of the tools'
	@echo 'make dkms-install  have DKMS build and install it; make dkms-uninstall undoes that'
	@echo 'make clean       remove what was built'
	@echo 'make demo        see it work, in a virtual machine'
	@echo 'make check       run all checks and tests; make kunit: only the KUnit suites'
	@echo 'make fuzz        feed random input to it in user space, SECONDS=60 (COVERAGE=1)'
	@echo 'make storm       everything at once, and all that can fail, MINUTES=10 of each'
	@echo 'make matrix      build for all kernels it knows, and run the tests on them'
	@echo 'make coverage    count which lines of it all these tests run (long)'
	@echo 'make bench       measure its speed beside the built-in snooping'
	@echo 'On Debian, as root, deb, demo, check, fuzz, storm, matrix, coverage, bench and kunit install by apt what they need.'

.PHONY: all config install install-tools uninstall uninstall-tools clean kunit demo check fuzz storm matrix coverage \
	bench deb dkms-tree dkms-no-package dkms-install dkms-uninstall help
