#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make what a server needs and does not have yet:
#   secrets.sh PRIVATE_DIR USERS_FILE [MASTER_KEY_FILE]
# In PRIVATE_DIR: master.key (unless MASTER_KEY_FILE is given), admin-password
# and metrics-password. USERS_FILE gets the user vmware, and metrics-users beside
# it the user prometheus, who reads numbers and nothing else.
set -eu
umask 077

private=$1
users=$2
master=${3:-$private/master.key}

# A file is there whole or not at all.
keep() {
    cat >"$1.new"
    mv "$1.new" "$1"
}

# make_user NAME PASSWORD_FILE USERS_FILE
make_user() {
    if [ ! -e "$2" ]; then
        openssl rand -base64 18 | tr '+/' '-_' | keep "$2"
        rm -f "$3"
    fi
    if [ ! -e "$3" ]; then
        htpasswd -n -i -B -C 10 "$1" <"$2" | keep "$3"
    fi
}

if [ $# -lt 3 ] && [ ! -e "$master" ]; then
    openssl rand 32 | keep "$master"
fi
make_user vmware "$private/admin-password" "$users"
make_user prometheus "$private/metrics-password" \
    "$(dirname "$users")/metrics-users"
