#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# lint.sh WARNINGS CORE_FLAGS GLUE_FLAGS: what a reader should not have to
# look for. Called by Makefile.apxs; every part runs, the last line sums up.
set -u

warn=$1
core_flags=$2
glue_flags=$3
failed=

part() {
    name=$1
    shift
    if "$@"; then
        echo "  ok    $name"
    else
        echo "  FAIL  $name"
        failed=1
    fi
}

core=$(find mod_vsocert tools -name '*.c' ! -path 'mod_vsocert/httpd/*' \
    ! -path mod_vsocert/mod_vsocert.c)
glue=$(find mod_vsocert/mod_vsocert.c mod_vsocert/httpd -name '*.c')
all=$(find mod_vsocert tools tests -name node_modules -prune -o -name '*.[ch]' -print)

# The warnings that need optimisation to be found need a real compilation.
compile() {
    compiler=$1
    shift
    for file in $core; do
        $compiler -std=gnu11 -O2 $warn -Imod_vsocert $core_flags -c \
            -o /dev/null "$file" || return 1
    done
    for file in $glue; do
        eval "$compiler -std=gnu11 -O2 $warn -Imod_vsocert $glue_flags \
            $core_flags -c -o /dev/null $file" || return 1
    done
}

# The core is compiled without httpd on its include path.
core_knows_no_httpd() {
    for compiler in gcc clang; do
        ! echo '#include <httpd.h>' | $compiler -Imod_vsocert $core_flags \
            -fsyntax-only -x c - 2>/dev/null || return 1
    done
}

check_cpp() {
    cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr \
        --enable=warning,performance,portability \
        --suppress=missingIncludeSystem -Imod_vsocert \
        -D'APR_DECLARE_EXTERNAL_HOOK(ns,link,type,name,args)=' \
        -D'APR_STRINGIFY(n)="n"' mod_vsocert
}

check_format() {
    clang-format --dry-run -Werror $all
}

check_python() {
    find tests -name node_modules -prune -o -name '*.py' -print0 |
        xargs -0 node tests/lint/ruff.js
}

part 'gcc' compile gcc
part 'clang' compile clang
part 'core without httpd' core_knows_no_httpd
part 'cppcheck' check_cpp
part 'clang-format' check_format
part 'eslint' tests/lint/node_modules/.bin/eslint \
    -c tests/lint/eslint.config.js htdocs tests/lint
part 'ruff' check_python
part 'house rules' /usr/bin/python3 -B tests/lint/house.py

[ -z "$failed" ] && echo 'lint: clean' || {
    echo 'lint: see above'
    exit 1
}
