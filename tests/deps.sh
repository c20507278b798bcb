#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that are named and missing; says nothing where
# all are there.
set -eu

missing=
for package in "$@"; do
    case $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) in
    installed) ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "vsocert: missing packages; as root, do: apt-get install$missing" >&2
        exit 1
    fi
    as_root=sudo
fi
install_them() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
        --no-install-recommends $missing
}
# Old lists name files that are gone from the mirror.
install_them || { $as_root apt-get update -q && install_them; } || {
    echo "vsocert: cannot install:$missing" >&2
    exit 1
}
