# shellcheck shell=bash
# What the scripts beside this file share: where things are, how to speak to the person waiting, and how to get
# each tool. Source it. Every `need_*` is quiet and quick when the tool is there, installs it when it is not, and
# ends the script with one sentence when it cannot.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gatehouse
# shellcheck disable=SC2034 # script/server uses it
called_from=$PWD
cd "$root"
mkdir -p "$cache"

# rustup puts its programs here, but a shell that was open while it ran does not know yet.
case ":$PATH:" in *":$HOME/.cargo/bin:"*) ;; *) PATH="$PATH:$HOME/.cargo/bin" ;; esac

say() { printf '› %s\n' "$*" >&2; }
die() {
    printf 'gatehouse: %s\n' "$*" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# Runs a command whose output matters only when it fails; keeps the output in a log and shows its end.
quietly() {
    local log
    log=$(mktemp "${TMPDIR:-/tmp}/gatehouse-log.XXXXXX")
    if "$@" >"$log" 2>&1 </dev/null; then
        rm -f "$log"
    else
        tail -n 20 "$log" >&2
        rm -f "$log"
        return 1
    fi
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif have sudo; then
        sudo "$@"
    else
        return 1
    fi
}

# The package lists are fetched only when the install fails with the ones at hand (none yet, or stale).
apt_install() {
    have apt-get || return 1
    [ "$(id -u)" = 0 ] || have sudo || return 1
    local install=(as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@")
    "${install[@]}" >/dev/null 2>&1 </dev/null && return
    quietly as_root apt-get update || return 1
    quietly "${install[@]}"
}

# The comment at the head of a script is its help.
usage() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0" | grep -v '^shellcheck '; }

# ---- Rust ------------------------------------------------------------------------------------------------------

wasm_target=wasm32-unknown-unknown

# True when the selected toolchain is new enough and really makes a program for the browser: compiling one, as it is
# shipped, is the only probe that also notices a missing linker or an unsuitable standard library.
toolchain_works() {
    local wanted version probe
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    version=$(rustc --version 2>/dev/null | cut -d' ' -f2) || return 1
    [ "$(printf '%s\n' "$wanted" "$version" | sort -V | head -n 1)" = "$wanted" ] || return 1
    probe=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-probe.XXXXXX")
    echo 'fn main() {}' >"$probe/probe.rs"
    local works=0
    rustc --target "$wasm_target" -C lto -C panic=abort --out-dir "$probe" "$probe/probe.rs" >/dev/null 2>&1 || works=1
    rm -rf "$probe"
    return $works
}

# Debian's compiler comes without a standard library for the browser, but with the source of it: build that once.
debian_toolchain() {
    say "Installing Debian's Rust compiler, since rustup could not add the browser target"
    # Its version matters, and package lists as old as the machine may only know one that is too old.
    quietly as_root apt-get update || true
    apt_install rustc-web cargo-web rust-web-src || return 1
    local host llvm lib work
    host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
    llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    apt_install "lld-$llvm" || return 1
    as_root mkdir -p "/usr/lib/rustlib/$host/bin" || return 1
    as_root ln -sfn "/usr/lib/llvm-$llvm/bin/lld" "/usr/lib/rustlib/$host/bin/rust-lld" || return 1

    quietly rustup toolchain link gatehouse /usr || return 1
    if ! RUSTUP_TOOLCHAIN=gatehouse toolchain_works; then
        say "Building the standard library for the browser (about 1 min, once)"
        work=$(mktemp -d "${TMPDIR:-/tmp}/gatehouse-std.XXXXXX")
        mkdir "$work/src"
        printf '[package]\nname = "empty"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
        : >"$work/src/lib.rs"
        (
            cd "$work"
            # cargo leaves out the bitcode that link-time optimization of the browser part will look for.
            quietly env -u RUSTUP_TOOLCHAIN RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc CARGO_TARGET_DIR="$work/target" \
                RUSTFLAGS='-C embed-bitcode=yes' /usr/bin/cargo build --release --target "$wasm_target" \
                -Zbuild-std=std,panic_abort,panic_unwind,test
        ) || return 1
        rm -f "$work/target/$wasm_target"/release/deps/libempty-*
        lib=/usr/lib/rustlib/$wasm_target/lib
        as_root mkdir -p "$lib" || return 1
        # Those of an earlier compiler would be found twice.
        as_root find "$lib" -name 'lib*.r*' -delete || return 1
        as_root cp "$work/target/$wasm_target"/release/deps/*.rlib \
            "$work/target/$wasm_target"/release/deps/*.rmeta "$lib/" || return 1
        rm -rf "$work"
    fi
}

linked_toolchain() { rustup toolchain list 2>/dev/null | grep -q '^gatehouse\b'; }

# Selects (by RUSTUP_TOOLCHAIN, for every cargo call that follows) a compiler for both server and browser.
need_rust() {
    { have cargo && have rustc; } || die "Rust is missing: install it as https://rustup.rs says, then run this again."
    toolchain_works && return
    have rustup || die "this Rust is too old or has no $wasm_target target, and without rustup it cannot be added: install rustup as https://rustup.rs says, then run this again."
    if linked_toolchain && RUSTUP_TOOLCHAIN=gatehouse toolchain_works; then
        export RUSTUP_TOOLCHAIN=gatehouse
        return
    fi

    say "Adding the browser target to Rust"
    rustup target add "$wasm_target" >/dev/null 2>&1 </dev/null || true
    toolchain_works && return
    if quietly rustup toolchain install stable --no-self-update --profile minimal --target "$wasm_target" 2>/dev/null &&
        RUSTUP_TOOLCHAIN=stable toolchain_works; then
        export RUSTUP_TOOLCHAIN=stable
        return
    fi
    if debian_toolchain && RUSTUP_TOOLCHAIN=gatehouse toolchain_works; then
        export RUSTUP_TOOLCHAIN=gatehouse
        return
    fi
    die "Rust's $wasm_target target cannot be installed: neither \`rustup target add $wasm_target\` nor Debian's rustc-web package worked."
}

need_clippy() {
    cargo clippy --version >/dev/null 2>&1 && return
    say "Installing clippy"
    quietly rustup component add clippy 2>/dev/null || apt_install rust-web-clippy || true
    cargo clippy --version >/dev/null 2>&1 ||
        die "clippy cannot be installed: neither \`rustup component add clippy\` nor Debian's rust-web-clippy package worked."
}

# Formatting does not depend on the compiler: any toolchain's rustfmt will do. Sets `rustfmt`, the command.
need_rustfmt() {
    local toolchain
    rustfmt=(cargo fmt)
    cargo fmt --version >/dev/null 2>&1 && return
    for toolchain in $(rustup toolchain list 2>/dev/null | cut -d' ' -f1); do
        rustfmt=(cargo "+$toolchain" fmt)
        "${rustfmt[@]}" --version >/dev/null 2>&1 && return
    done
    say "Installing rustfmt"
    quietly rustup component add rustfmt || true
    rustfmt=(cargo fmt)
    cargo fmt --version >/dev/null 2>&1 || die "rustfmt cannot be installed: \`rustup component add rustfmt\` failed."
}

need_cc() {
    have cc && return
    say "Installing a C compiler"
    apt_install build-essential || die "a C compiler is missing: install one (Debian: build-essential; macOS: xcode-select --install), then run this again."
}

# ---- Node, wasm-opt, Chromium ----------------------------------------------------------------------------------

need_node() {
    have node && have npm && return
    say "Installing Node.js"
    apt_install nodejs npm || die "Node.js is missing: install version 18 or later with npm, then run this again."
}

binaryen=132

# Halves the browser part. Only a saving, so without Node (or network) the build goes on. Sets WASM_OPT.
want_wasm_opt() {
    [ -n "${WASM_OPT:-}" ] && return
    local dir=$cache/binaryen-$binaryen
    if [ ! -x "$dir/node_modules/.bin/wasm-opt" ]; then
        if ! { have node && have npm; }; then
            say "No Node.js here: the browser part will not be shrunk by wasm-opt (it works, but is larger)"
            return
        fi
        say "Fetching wasm-opt"
        if ! quietly npm install --prefix "$dir" --no-audit --no-fund --loglevel=error "binaryen@$binaryen"; then
            say "wasm-opt could not be fetched: the browser part will be larger"
            return
        fi
    fi
    have node && export WASM_OPT=$dir/node_modules/.bin/wasm-opt
}

# Sets CHROMIUM. The headless shell is the same engine without windows, for a fifth less work.
need_chromium() {
    [ -n "${CHROMIUM:-}" ] && return
    if ! have chromium-headless-shell; then
        say "Installing Chromium"
        apt_install chromium-headless-shell || find_chromium || apt_install chromium || true
    fi
    find_chromium || die "Chromium is missing: install it (Debian: chromium) or set CHROMIUM to a Chrome or Chromium binary, then run this again."
}

find_chromium() {
    local name
    for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" /Applications/Chromium.app/Contents/MacOS/Chromium; do
        if have "$name"; then
            CHROMIUM=$(command -v "$name")
            export CHROMIUM
            return
        fi
    done
    return 1
}

# What makes packages.
need_packers() {
    { have dpkg-deb && have strip && have objdump && have xz; } && return
    say "Installing what makes packages"
    apt_install dpkg binutils xz-utils || true
    { have dpkg-deb && have strip && have objdump; } || die "A .deb cannot be made here: dpkg-deb, strip and objdump are needed (Debian: dpkg, binutils)."
}

# What a package is tried with.
need_package_trial() {
    need_packers
    { have systemd-sysusers && have systemd-analyze && have curl && { [ "$(id -u)" = 0 ] || have fakeroot; }; } && return
    say "Installing what tries packages"
    apt_install systemd curl fakeroot || true
    { have systemd-sysusers && have systemd-analyze && have curl; } || die "A .deb cannot be tried here: systemd-sysusers, systemd-analyze and curl are needed (Debian: systemd, curl; without root, fakeroot)."
}

# The packages of end2end. npm leaves no trace of the lock file it installed from, so a copy of it tells.
need_playwright() {
    need_chromium
    need_npm_packages
}

# What package-lock.json in end2end names.
need_npm_packages() {
    need_node
    cmp -s end2end/package-lock.json end2end/node_modules/.installed-lock && return
    say "Installing Playwright"
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 quietly npm ci --prefix end2end --no-audit --no-fund --loglevel=error ||
        die "Playwright cannot be installed: npm ci in end2end failed."
    cp end2end/package-lock.json end2end/node_modules/.installed-lock
}

need_shellcheck() {
    have shellcheck || apt_install shellcheck || die "shellcheck is needed to check the scripts (Debian: shellcheck)."
}

# Sets CLIENTS_PYTHON, a Python that has the official clients. The environment is named by what is in it.
need_python_clients() {
    local wanted=end2end/clients/requirements.txt
    local venv
    venv=$cache/python-$(cksum <$wanted | cut -d' ' -f1)
    export CLIENTS_PYTHON=$venv/bin/python
    [ -e "$venv/.installed" ] && return
    say "Installing the official clients for Python"
    # The module is there and still useless where Debian's python3-venv is missing.
    { have python3 && python3 -c 'import ensurepip' 2>/dev/null; } || apt_install python3 python3-venv || true
    rm -rf "$venv"
    mkdir -p "$cache"
    { quietly python3 -m venv "$venv" && quietly "$CLIENTS_PYTHON" -m pip install --quiet --disable-pip-version-check -r "$wanted"; } ||
        die "The official clients for Python cannot be installed: Python 3 with venv and pip is needed (Debian: python3-venv)."
    : >"$venv/.installed"
}

# ---- PostgreSQL ------------------------------------------------------------------------------------------------

# Sets `postgres_bin`, the folder with initdb and pg_ctl.
need_postgres() {
    find_postgres && return
    say "Installing PostgreSQL"
    apt_install postgresql || true
    find_postgres || die "PostgreSQL is missing: install it (Debian: postgresql) or set GATEHOUSE_TEST_POSTGRES to the URL of a server in which databases may be created, then run this again."
}

find_postgres() {
    local dir
    if have initdb && have pg_ctl; then
        postgres_bin=$(dirname "$(command -v initdb)")
        return
    fi
    for dir in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin; do
        if [ -x "$dir/initdb" ]; then
            postgres_bin=$dir
            return
        fi
    done
    return 1
}

# A throw-away server on a free loopback port, with a random password. Sets GATEHOUSE_TEST_POSTGRES.
start_postgres() {
    local run=() user dir password port
    if [ "$(id -u)" = 0 ]; then
        # PostgreSQL refuses to run as root.
        user=nobody
        id postgres >/dev/null 2>&1 && user=postgres
        run=(runuser -u "$user" --)
    fi
    dir=$(mktemp -d /tmp/gatehouse-postgres.XXXXXX)
    at_exit "stop_postgres '$dir'"
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s' "$password" >"$dir/password"
    [ ${#run[@]} = 0 ] || chown -R "$user" "$dir"
    (
        # Its programs look at the working directory, which the other user may not be allowed to.
        cd /tmp
        quietly ${run[@]+"${run[@]}"} "$postgres_bin/initdb" -D "$dir/data" -U gatehouse --pwfile="$dir/password" \
            --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
    ) || return 1
    # The data is thrown away with the run, so nothing waits for the disk.
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
full_page_writes = off
synchronous_commit = off
CONF
    for _ in 1 2 3 4 5; do
        port=$((20000 + RANDOM % 20000))
        if (cd /tmp && ${run[@]+"${run[@]}"} "$postgres_bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w -t 60 -o "-p $port" start) \
            >/dev/null 2>&1 </dev/null; then
            export GATEHOUSE_TEST_POSTGRES="postgres://gatehouse:$password@127.0.0.1:$port/postgres"
            return
        fi
    done
    tail -n 5 "$dir/log" >&2
    return 1
}

stop_postgres() {
    local dir=$1 pid
    if pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null); then
        # "Immediate" shutdown: there is nothing worth flushing.
        kill -QUIT "$pid" 2>/dev/null || true
        for _ in $(seq 50); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf "$dir"
}

# ---- Cleaning up, and where builds go --------------------------------------------------------------------------

at_exit_commands=()
at_exit() {
    at_exit_commands+=("$1")
    trap run_at_exit EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}
run_at_exit() {
    local command
    for command in "${at_exit_commands[@]}"; do eval "$command" || true; done
}

# Sets and exports CARGO_TARGET_DIR. In CI the checkout is new each time, so the build goes where the next one finds it.
#
# cargo decides what to rebuild by time stamps, and knows a workspace's own crates by their place inside the
# workspace. Two checkouts that share a target directory could therefore be handed each other's code. So: one
# checkout at a time holds a directory, and one it did not fill itself sees all its own sources as changed.
choose_target_dir() {
    if [ -z "${CARGO_TARGET_DIR:-}" ] && [ "${CI:-}" = true ] && have flock; then
        local slot dir owner
        owner="$root $(stat -c '%i %Y' "$root/Cargo.lock")"
        for slot in 1 2 3 4; do
            dir=$cache/target-$slot
            mkdir -p "$dir"
            exec {target_lock}>"$dir/.lock"
            flock -n "$target_lock" && break
            exec {target_lock}>&-
            dir=
        done
        if [ -n "$dir" ]; then
            if [ "$(cat "$dir/.owner" 2>/dev/null)" != "$owner" ]; then
                git ls-files -z | xargs -0 touch -c
                owner="$root $(stat -c '%i %Y' "$root/Cargo.lock")"
                printf '%s' "$owner" >"$dir/.owner"
            fi
            CARGO_TARGET_DIR=$dir
        fi
    fi
    : "${CARGO_TARGET_DIR:=$(cargo metadata --no-deps --format-version 1 | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')}"
    # A relative one is relative to the checkout, where every script works.
    case $CARGO_TARGET_DIR in /*) ;; *) CARGO_TARGET_DIR=$root/$CARGO_TARGET_DIR ;; esac
    export CARGO_TARGET_DIR
}

# ---- Building --------------------------------------------------------------------------------------------------

# " (about 3 min the first time)", unless the thing is there already.
first() { [ -e "$1" ] || printf ' (%s the first time)' "$2"; }

# Runs cargo. Where no terminal shows its progress, a line every ten seconds takes the place of one for each crate.
cargo_build() {
    if [ -t 2 ]; then
        cargo build "$@"
    else
        CARGO_TERM_PROGRESS_WHEN=always CARGO_TERM_PROGRESS_WIDTH=120 cargo build "$@" 2>&1 | progress
    fi
}

# Reads what cargo says, and passes on all but its progress.
progress() {
    local line rest='' state='' shown=$SECONDS status numbers='([0-9]+)/([0-9]+)'
    while :; do
        status=0
        IFS= read -r -t 1 -d $'\r' line || status=$?
        if [ $status -gt 128 ]; then
            # Nothing more came in time.
            rest+=$line
        else
            line=$rest$line rest=''
            # shellcheck disable=SC2001 # a pattern, in every line of it
            while IFS= read -r line; do
                case $line in
                *' Building ['*) [[ $line =~ $numbers ]] && state="${BASH_REMATCH[1]} of ${BASH_REMATCH[2]} compiled" ;;
                *' Downloading '*) state='downloading' ;;
                *' Compiling '* | *' Downloaded '* | *' Updating '* | *' Locking '* | *' Adding '* | *' Blocking '* | *' Finished '* | '') ;;
                *) printf '%s\n' "$line" >&2 ;;
                esac
            done < <(sed 's/\x1b\[[0-9;]*[mK]//g' <<<"$line")
        fi
        if [ -n "$state" ] && [ $((SECONDS - shown)) -ge 10 ]; then
            say "  $state"
            shown=$SECONDS
        fi
        [ $status = 1 ] && break
    done
}

# What people try: one compilation of each dependency for server, tests and site builder, and one program for the browser.
# Takes options for `cargo build`. Sets GATEHOUSE_BIN and GATEHOUSE_SITE.
# shellcheck disable=SC2120 # most callers have none
build_quick() {
    build_quick_server "$@"
    export GATEHOUSE_SITE=$CARGO_TARGET_DIR/site-quick
    say "Building the browser part$(first "$GATEHOUSE_SITE" 'about 1 min')"
    cargo_build --package frontend --target "$wasm_target" --profile quick-wasm
    "$CARGO_TARGET_DIR/quick/xtask" site --quick
}

# The server alone. Takes options for `cargo build`. Sets GATEHOUSE_BIN.
# shellcheck disable=SC2120 # most callers have none
build_quick_server() {
    need_cc
    need_rust
    choose_target_dir

    export GATEHOUSE_BIN=$CARGO_TARGET_DIR/quick/gatehouse
    say "Building the server$(first "$GATEHOUSE_BIN" 'about 5 min on two cores')"
    # Every crate, as the tests do: which features a dependency has depends on what is built beside it.
    cargo_build --profile quick "$@"
}

# The site as it is shipped. Takes options for `xtask site`.
# shellcheck disable=SC2120 # most callers have none
build_site() {
    need_cc
    need_rust
    want_wasm_opt
    choose_target_dir

    say "Building the browser's programs$(first "$CARGO_TARGET_DIR/wasm32-unknown-unknown/wasm-release/other.wasm" 'about 5 min on two cores')"
    cargo_build --package programs --target "$wasm_target" --profile wasm-release
    say "Putting the site together"
    cargo run --quiet --profile quick --package xtask -- site --release "$@"
}

# The server with a built site inside. Takes its folder, then options for `cargo build`.
build_with_site() {
    local site=$1
    shift
    GATEHOUSE_EMBED_SITE=$site.rs cargo_build --features server/embed-site "$@"
}

# Everything as it is shipped: one binary with the site inside.
build_release() {
    build_site
    local server=$CARGO_TARGET_DIR/release/gatehouse
    say "Building the server$(first "$server" 'about 10 min on two cores')"
    build_with_site "$CARGO_TARGET_DIR/site" --release --package server
}
