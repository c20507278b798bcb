# SPDX-License-Identifier: Apache-2.0
# The console: what npm brings is pinned in package-lock.json and copied, with
# its version in the file name, so that a browser may keep it for good.
# Included by Makefile.apxs.

PICO_V   := 2.1.1
HTM_V    := 3.1.1
PREACT_V := 11.2.0
VENDOR   := htdocs/vendor
VENDORED := $(VENDOR)/pico-$(PICO_V).css $(VENDOR)/htm-$(HTM_V).js \
            $(VENDOR)/preact-$(PREACT_V).js $(VENDOR)/hooks-$(PREACT_V).js

.PHONY: console screenshots

console: $(VENDORED)

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENDOR)/pico-$(PICO_V).css: node_modules/.package-lock.json
	@mkdir -p $(@D)
	cp node_modules/@picocss/pico/css/pico.min.css $@

$(VENDOR)/htm-$(HTM_V).js: node_modules/.package-lock.json
	@mkdir -p $(@D)
	cp node_modules/htm/dist/htm.mjs $@

# A browser wants a path where the packages write "preact", and an import map
# would be an inline script, which the console's policy forbids.
$(VENDOR)/preact-$(PREACT_V).js: node_modules/.package-lock.json
	@mkdir -p $(@D)
	sed '/^\/\/# sourceMappingURL/d' node_modules/preact/dist/preact.mjs >$@

$(VENDOR)/hooks-$(PREACT_V).js: node_modules/.package-lock.json
	@mkdir -p $(@D)
	sed -e '/^\/\/# sourceMappingURL/d' \
	    -e 's|from"preact"|from"./preact-$(PREACT_V).js"|' \
	    node_modules/preact/hooks/dist/hooks.mjs >$@

# Every view in both colour schemes, at 1280 and 390 pixels.
screenshots: all console
	VSO_SCREENSHOTS=$(CURDIR)/$(B)/screenshots $(PYTHON) -m pytest -q \
	    tests/e2e/console/test_console_views.py
