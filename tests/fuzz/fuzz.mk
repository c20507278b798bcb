# SPDX-License-Identifier: Apache-2.0
# Fuzz targets, included by Makefile.apxs.
#   fuzz-replay   runs each corpus once, under the sanitizers (part of check)
#   fuzz          FUZZ_SEC seconds of libFuzzer for each target, or for those
#                 in FUZZ_TARGETS
# What libFuzzer finds goes to build/fuzz-new/TARGET.

FUZZ_SEC     := 1800
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_REPLAY  := $(FUZZ_TARGETS:%=$(B)/fuzz-replay/fuzz_%)
FUZZ_CORPUS  := $(B)/fuzz-corpus/made
FUZZ_CC      := clang
# Derivations are capped at a few iterations: they are OpenSSL's, and nearly
# all of the time would go into them.
FUZZ_CAP     := -DVSO_MAX_PBE_ITERATIONS=64
FUZZ_FLAGS   := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(FUZZ_CAP) \
                -fno-sanitize-recover=all
FUZZ_OBJ     := $(CORE_SRC:mod_vsocert/%.c=$(B)/fuzz-obj/%.o)
FUZZ_INC      = -Imod_vsocert -Itests/fuzz -Itests/unit $(APR_FLAGS) $(APU_FLAGS)

.PHONY: fuzz fuzz-replay

$(FUZZ_CORPUS): $(wildcard tests/fuzz/*.py)
	@mkdir -p $(@D)
	$(PYTHON) -B tests/fuzz/make_corpus.py $(@D)
	@touch $@

$(B)/fuzz-replay/%: tests/fuzz/%.c $(B)/libvsocert-san.a | $(FUZZ_CORPUS)
	@mkdir -p $(@D)
	$(CC) $(SAN_FLAGS) $(WARN) -DFUZZ_REPLAY $(FUZZ_INC) -MMD -MP \
	    $(TEST_LINK) -o $@ $< $(B)/libvsocert-san.a $(CORE_LIBS)

fuzz-replay: $(FUZZ_REPLAY)
	@set -e; for t in $(FUZZ_REPLAY); do $$t; done

$(B)/fuzz-obj/%.o: mod_vsocert/%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined \
	    $(FUZZ_INC) -MMD -MP -c -o $@ $<

$(B)/libvsocert-fuzz.a: $(FUZZ_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(B)/fuzz/%: tests/fuzz/%.c $(B)/libvsocert-fuzz.a
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined \
	    $(FUZZ_INC) -MMD -MP -o $@ $< $(B)/libvsocert-fuzz.a $(CORE_LIBS)

fuzz: $(FUZZ_TARGETS:%=$(B)/fuzz/fuzz_%) $(FUZZ_CORPUS)
	@set -e; for t in $(FUZZ_TARGETS); do \
	    mkdir -p $(B)/fuzz-new/$$t; \
	    $(B)/fuzz/fuzz_$$t -max_total_time=$(FUZZ_SEC) -timeout=10 \
	        -rss_limit_mb=1024 -malloc_limit_mb=64 -print_final_stats=1 \
	        -artifact_prefix=$(B)/fuzz-new/$$t- \
	        $(B)/fuzz-new/$$t $(B)/fuzz-corpus/$$t; \
	done
