#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install the Debian packages that are named and missing, and upgrade OpenSSL
# where the package lists know a newer one; says nothing where there is nothing
# to do. apt-get itself upgrades nothing that is new enough to link with.
set -eu

cd "$(dirname "$0")/.."
sound=$(sed -n 's/^#define VSO_SOUND_OPENSSL "\(.*\)"$/\1/p' \
    mod_vsocert/base/limits.h)

as_root=
if [ "$(id -u)" -ne 0 ]; then
    as_root=sudo
fi

# Where nobody answers: soon.
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get \
        -o Acquire::http::Timeout=10 -o Acquire::Retries=1 "$@"
}

# What is installed of some packages: lines of name and version.
installed() {
    dpkg-query -W -f='${db:Status-Status} ${Package} ${Version}\n' "$@" \
        2>/dev/null | sed -n 's/^installed //p'
}

missing=
have=$(installed "$@")
for package in "$@"; do
    case "
$have
" in
    *"
$package "*) ;;
    *) missing="$missing $package" ;;
    esac
done
if [ -n "$missing" ]; then
    if [ -n "$as_root" ] && ! command -v sudo >/dev/null; then
        echo "vsocert: missing packages; as root, do: apt-get install$missing" >&2
        exit 1
    fi
    install_them() {
        apt install -y -q --no-install-recommends $missing
    }
    # Old lists name files that are gone from the mirror.
    install_them || { apt update -q && install_them; } || {
        echo "vsocert: cannot install:$missing" >&2
        exit 1
    }
fi

# Those of OpenSSL's packages that the lists know a newer version of. They
# are of one version: one is not upgraded without the others.
outdated() {
    known=$(candidates)
    installed libssl3 libssl-dev openssl | while read -r package version; do
        can=$(echo "$known" | sed -n "s/^$package //p")
        if dpkg --compare-versions "$can" gt "$version"; then
            echo "$package"
        fi
    done
}

# What the lists have of them.
candidates() {
    LC_ALL=C apt-cache policy libssl3 libssl-dev openssl 2>/dev/null |
        sed -n 's/:$//; /^[^ ]/h; /^  Candidate: /{s///; H; g; s/\n/ /p}'
}

libssl3() {
    installed libssl3 | sed 's/.* //'
}

# "nl": no version sorts after every other.
is_sound() {
    dpkg --compare-versions "$(libssl3)" ge-nl "$sound"
}

upgrade() {
    packages=$(outdated)
    [ -z "$packages" ] || apt install -y -q --only-upgrade $packages
}

# What cannot be had now is no reason not to build: httpd warns when it starts.
[ -n "$(outdated)" ] || ! is_sound || exit 0
if [ -z "$as_root" ] || command -v sudo >/dev/null; then
    upgrade || true
    # Old lists know no newer one, or one that is gone from the mirror.
    is_sound || { apt update -qq && upgrade; } || true
fi
if ! is_sound; then
    echo "vsocert: OpenSSL $(libssl3) has faults that $sound mended;" \
        "as root, do: apt-get update && apt-get install libssl3" >&2
fi
