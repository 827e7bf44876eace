# Shared by the scripts beside it: words for people, paths, and the few ways to install something.
# Sourced, never run. Every script works from the project's root folder.

cd "$(dirname "${BASH_SOURCE[0]}")/.."

# A bare environment may know neither the home folder nor where rustup puts its programs.
if [ -z "${HOME:-}" ]; then export HOME="$(getent passwd "$(id -u)" | cut -d: -f6)"; fi
if [ -d "$HOME/.cargo/bin" ]; then export PATH="$PATH:$HOME/.cargo/bin"; fi

# One folder for everything that is built; the site (scripts, styles, fonts) lies inside.
TARGET="${CARGO_TARGET_DIR:-target}"
SITE="$TARGET/site"
SETUP="$TARGET/setup"
mkdir -p "$SETUP"

WASM_TARGET=wasm32-unknown-unknown

# Playwright must not fetch browsers of its own: Debian's Chromium is used.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
# Nothing here may stop and wait for an answer.
export DEBIAN_FRONTEND=noninteractive CARGO_TERM_PROGRESS_WHEN=never

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf '\033[1;31mStopped:\033[0m %s\n' "$1" >&2
  shift
  local line
  for line in "$@"; do printf '    %s\n' "$line" >&2; done
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# as_root COMMAND...: runs it as root, directly or through sudo (never asking in CI).
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif have sudo && [ -z "${CI:-}" ]; then
    sudo "$@"
  elif have sudo; then
    sudo -n "$@"
  else
    return 1
  fi
}

# apt_install WHY PACKAGE...: installs Debian packages that are missing, or says what to install.
apt_install() {
  local why=$1
  shift
  have apt-get || die "$why is missing." "Install what Debian calls: $*"
  say "Installing $* ($why)"
  local log="$SETUP/apt.log"
  if as_root apt-get install -y --no-install-recommends --no-remove "$@" >"$log" 2>&1 </dev/null; then return; fi
  # The list of packages may be old or empty: refresh it once.
  if as_root apt-get update >"$log" 2>&1 </dev/null &&
    as_root apt-get install -y --no-install-recommends --no-remove "$@" >"$log" 2>&1 </dev/null; then return; fi
  tail -n 5 "$log" >&2
  die "$why could not be installed." "As root, run: apt-get install -y --no-install-recommends $*"
}

# cache_folder: what is made once per machine and shared by all clones; else inside this one.
cache_folder() {
  local folder="${XDG_CACHE_HOME:-$HOME/.cache}/spartito"
  if ! mkdir -p "$folder" 2>/dev/null || [ ! -w "$folder" ]; then folder=$(cd "$SETUP" && pwd); fi
  echo "$folder"
}

# at_least HAVE WANT: whether version HAVE is WANT or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

# took START: says the time that a step took.
took() { note "done in $((SECONDS - $1)) s"; }
