#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Start a server in the foreground: run.sh MODULE. What it needs is kept in
# the run folder; a second run finds everything as it was.
#
# As root, httpd's children become www-data and cannot enter the run folder
# (nor, often, the folder above it). What they read and write lives in a folder
# of its own below /var/lib/vsocert then, and RUN_DIR/state leads there.
set -eu
umask 077

fail() {
    echo "vsocert: $*" >&2
    exit 1
}

module=$(realpath "$1")
conf=$(dirname "$(realpath "$0")")
run_dir=$(realpath -m "${VSO_RUN_DIR:-run}")
port=${VSO_PORT:-8443}
http_port=${VSO_HTTP_PORT:-}
address=${VSO_ADDRESS:-*}
mpm=${VSO_MPM:-event}
db=${VSO_DB:-sqlite3}
httpd=/usr/sbin/apache2
uid=$(id -u)
user=$(id -un)

check_driver() {
    ls /usr/lib/*/apr-util-1/apr_dbd_"$1".so >/dev/null 2>&1 ||
        fail "APR's driver is missing: apt-get install libaprutil1-dbd-$1"
}

check_settings() {
    for tool in "$httpd" htpasswd openssl flock setsid; do
        command -v "$tool" >/dev/null ||
            fail "$tool is missing: make -f Makefile.apxs deps"
    done
    for number in "$port" ${http_port:+"$http_port"}; do
        case $number in
        *[!0-9]* | '') fail "VSO_PORT and VSO_HTTP_PORT take a number, not '$number'" ;;
        esac
        [ "$number" -ge 1 ] && [ "$number" -le 65535 ] ||
            fail "port $number is not between 1 and 65535"
    done
    [ "$port" != "$http_port" ] || fail "VSO_PORT and VSO_HTTP_PORT are the same"
    case $mpm in
    event | worker | prefork) ;;
    *) fail "VSO_MPM takes event, worker or prefork, not '$mpm'" ;;
    esac
    case $db in
    sqlite3) ;;
    pgsql:?*) check_driver pgsql ;;
    mysql:?*) check_driver mysql ;;
    *) fail "VSO_DB takes sqlite3, pgsql:PARAMS or mysql:PARAMS" ;;
    esac
    case $db in
    *reconnect=0*) ;;
    mysql:*) fail "VSO_DB lacks reconnect=0: the driver would lose changes" ;;
    esac
    case $db in
    *[\"\$\\]*) fail 'VSO_DB with ", $ or \ cannot be used in a configuration' ;;
    esac
    case ${VSO_MASTER_KEY:-} in
    '' | file:?*) ;;
    *) fail "VSO_MASTER_KEY takes file:PATH" ;;
    esac
    case "$run_dir$conf$module${VSO_MASTER_KEY:-}" in
    *[\"\$\\]*) fail 'paths with ", $ or \ cannot be used in a configuration' ;;
    esac
}

# httpd says what it cannot bind to in four lines, after the keys were made.
check_port() {
    [ "$1" -ge 1024 ] || [ "$uid" -eq 0 ] ||
        [ "$1" -ge "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" ] ||
        fail "port $1 needs root: choose one from 1024 on with VSO_PORT"
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
        awk -v port="$(printf ':%04X' "$1")" \
            '$4 == "0A" && substr($2, length($2) - 4) == port { exit 1 }' ||
        fail "port $1 is taken: stop what listens there, or choose another" \
            "with VSO_PORT or VSO_HTTP_PORT"
}

# Exists, is ours, and nobody else may enter or read it.
check_private() {
    [ "$(stat -c %u "$1")" -eq "$uid" ] ||
        fail "$1 belongs to $(stat -c %U "$1"), not to $user: run as that" \
            "user, or choose another folder with VSO_RUN_DIR"
    [ "$(stat -c %a "$1")" = "$2" ] ||
        fail "$1 has mode $(stat -c %a "$1"): it must be private, chmod $2 it"
}

prepare_run_dir() {
    if [ ! -e "$run_dir" ]; then
        mkdir -p -m 0700 "$run_dir" 2>/dev/null ||
            fail "cannot make the run folder $run_dir: choose another with" \
                "VSO_RUN_DIR"
    fi
    [ -d "$run_dir" ] || fail "$run_dir is no folder: choose another with VSO_RUN_DIR"
    check_private "$run_dir" 700
    for secret in master.key admin-password metrics-password; do
        [ ! -e "$run_dir/$secret" ] || check_private "$run_dir/$secret" 600
    done
    exec 9>"$run_dir/lock"
    flock -n 9 || fail "a server runs in $run_dir already: stop it first, or" \
        "choose another folder with VSO_RUN_DIR"
    mkdir -p "$run_dir/conf.d"
}

# What the children reach: users, metrics-users and the console to read, db/ to
# write.
prepare_state() {
    if [ "$uid" -ne 0 ]; then
        mkdir -p "$run_dir/state/db"
    elif [ ! -d "$run_dir/state" ]; then
        id www-data >/dev/null 2>&1 || fail "the user www-data is missing"
        mkdir -p -m 0711 /var/lib/vsocert
        made=$(mktemp -d /var/lib/vsocert/run.XXXXXXXX)
        ln -sfn "$made" "$run_dir/state"
        mkdir "$made/db"
        chown www-data:www-data "$made/db"
        chgrp www-data "$made"
        chmod 0750 "$made"
    fi
    state=$(realpath "$run_dir/state")
    if [ -e "$state/db/keystore.db" ] && [ -z "${VSO_MASTER_KEY:-}" ] &&
        [ ! -e "$run_dir/master.key" ]; then
        fail "$run_dir/master.key is gone, and $state/db/keystore.db is" \
            "sealed with it: put it back, or start with an empty VSO_RUN_DIR"
    fi
}

prepare_secrets() {
    master=$run_dir/master.key
    if [ -n "${VSO_MASTER_KEY:-}" ]; then
        master=$(realpath -m "${VSO_MASTER_KEY#file:}")
        [ -r "$master" ] || fail "cannot read the master key $master: see" \
            "VSO_MASTER_KEY"
        "$conf/secrets.sh" "$run_dir" "$state/users" "$master"
    else
        "$conf/secrets.sh" "$run_dir" "$state/users"
    fi
    rm -rf "$state/htdocs"
    cp -R "$conf/../htdocs" "$state/htdocs"
    chmod -R u=rwX,go=rX "$state/htdocs"
    if [ "$uid" -eq 0 ]; then
        chgrp www-data "$state/users" "$state/metrics-users"
        chmod 0640 "$state/users" "$state/metrics-users"
    fi
}

write_conf() {
    host=$(hostname 2>/dev/null | tr 'A-Z' 'a-z')
    {
        echo '# Written anew by each run; put additions into conf.d/*.conf.'
        echo "Define VSO_RUN_DIR \"$run_dir\""
        echo "Define VSO_CONF \"$conf\""
        echo "Define VSO_MODULES /usr/lib/apache2/modules"
        echo "Define VSO_MODULE \"$module\""
        echo "Define VSO_MPM $mpm"
        echo "Define VSO_HOST ${host:-localhost}"
        echo "Define VSO_ADDRESS $address"
        echo "Define VSO_PORT $port"
        [ -z "$http_port" ] || echo "Define VSO_HTTP_PORT $http_port"
        [ "$uid" -ne 0 ] || echo 'Define VSO_ROOT'
        echo "Define VSO_ETC \"$run_dir\""
        echo "Define VSO_STATE \"$state/db\""
        if [ "$db" != sqlite3 ]; then
            echo "Define VSO_DB_DRIVER ${db%%:*}"
            echo "Define VSO_DB_PARAMS \"${db#*:}\""
        fi
        echo "Define VSO_HTDOCS \"$state/htdocs\""
        echo "Define VSO_USERS \"$state/users\""
        echo "Define VSO_METRICS_USERS \"$state/metrics-users\""
        echo "Define VSO_MASTER_KEY \"file:$master\""
        echo "Include \"$conf/run.conf\""
    } >"$run_dir/httpd.conf"
}

# What a browser will show: asked from the port itself, once it answers.
fingerprint() {
    case $address in
    '*' | 0.0.0.0) target=127.0.0.1 ;;
    *) target=$address ;;
    esac
    openssl s_client -connect "$target:$port" -servername localhost \
        </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256 \
        2>/dev/null | cut -d = -f 2
}

announce() {
    tries=0
    until shown=$(fingerprint) && [ -n "$shown" ]; do
        tries=$((tries + 1))
        kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 150 ] || {
            tail -n 3 "$run_dir/error.log" >&2
            stop
            fail "httpd did not start: see $run_dir/error.log"
        }
        sleep 0.1
    done
    echo "address:      https://${host:-localhost}:$port/vsocert/"
    echo "user:         vmware"
    echo "password:     $(cat "$run_dir/admin-password")"
    echo "SHA-256:      $shown"
    echo "error log:    $run_dir/error.log"
    echo "Ctrl-C stops the server."
}

stop() {
    trap '' INT TERM HUP
    kill -TERM "$pid" 2>/dev/null || :
    wait "$pid" 2>/dev/null || :
}

check_settings
# It can hold a password, which httpd's children need not inherit.
unset VSO_DB
prepare_run_dir
check_port "$port"
[ -z "$http_port" ] || check_port "$http_port"
prepare_state
prepare_secrets
write_conf

# A session of its own: a terminal that changes its size sends SIGWINCH, which
# httpd takes for a graceful stop.
setsid "$httpd" -DFOREGROUND -f "$run_dir/httpd.conf" </dev/null &
pid=$!
trap 'stop; exit 0' INT TERM HUP
announce
status=0
wait "$pid" || status=$?
fail "httpd ended by itself (status $status): see $run_dir/error.log"
