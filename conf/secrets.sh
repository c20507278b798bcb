#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make what a server needs and does not have yet:
#   secrets.sh PRIVATE_DIR USERS_FILE [MASTER_KEY_FILE]
# In PRIVATE_DIR: master.key (unless MASTER_KEY_FILE is given) and
# admin-password; USERS_FILE gets the user vmware with that password.
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

if [ $# -lt 3 ] && [ ! -e "$master" ]; then
    openssl rand 32 | keep "$master"
fi
if [ ! -e "$private/admin-password" ]; then
    openssl rand -base64 18 | tr '+/' '-_' | keep "$private/admin-password"
    rm -f "$users"
fi
if [ ! -e "$users" ]; then
    htpasswd -n -i -B -C 10 vmware <"$private/admin-password" | keep "$users"
fi
