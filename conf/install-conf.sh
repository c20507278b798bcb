#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Put configuration files into a folder: install-conf.sh FILE... FOLDER. One that
# is there already and differs may be the administrator's work: it stays, and the
# new one is written beside it as FILE.new.
set -eu

for folder in "$@"; do :; done
while [ $# -gt 1 ]; do
    target=$folder/$(basename "$1")
    if [ ! -e "$target" ]; then
        install -m 0644 "$1" "$target"
    elif ! cmp -s "$1" "$target"; then
        install -m 0644 "$1" "$target.new"
        echo "$target differs and stays as it is: compare it with $target.new"
    fi
    shift
done
