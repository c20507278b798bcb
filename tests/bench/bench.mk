# SPDX-License-Identifier: Apache-2.0
# The bench, included by Makefile.apxs.
#   bench   measure, print one table and write it to build/bench.csv; ROWS=...
#           for some rows only, BENCH_QUICK=1 to see that it works

DEPS_BENCH := haproxy libaprutil1-dbd-pgsql openjdk-17-jdk-headless \
              postgresql python3-psycopg2
BENCH_BIN  := $(patsubst tests/bench/%.c,$(B)/bench/%,$(wildcard tests/bench/*.c))
ROWS       :=

.PHONY: bench bench-run

bench:
	@tests/deps.sh $(DEPS) $(DEPS_BENCH)
	@$(SELF) -j$(shell nproc) bench-run

bench-run: module console $(BENCH_BIN)
	@$(PYTHON) -B tests/bench/bench.py --csv $(B)/bench.csv \
	    --rows '$(ROWS)' $(if $(BENCH_QUICK),--quick)

# What a program is made of beside its own file.
$(B)/bench/fill: tests/bench/parts/issue.c tests/bench/parts/issue.h

$(B)/bench/%: tests/bench/%.c $(B)/libvsocert.a
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS) -D_GNU_SOURCE $(WARN) -Imod_vsocert $(APR_FLAGS) \
	    $(APU_FLAGS) -MMD -MP -MF $@.d -o $@ $(filter %.c,$^) $(B)/libvsocert.a $(CORE_LIBS) -lpthread
