# Messages, steps, ports and processes. Sourced by ./eventbus; expects $root.
# shellcheck shell=bash disable=SC2034

dev=$root/.dev
publish=$root/artifacts/publish
case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64 | arm64) rid=linux-arm64 ;;
  *) rid= ;;
esac

say() { echo "eventbus: $*"; }
warn() { echo "eventbus: $*" >&2; }
die() { warn "$*"; exit 1; }

# The last lines of a log, and where the rest is.
show_log() { # file
  [ ! -s "$1" ] || tail -n 20 "$1" | sed 's/^/  | /' >&2
  warn "the whole log: ${1#"$root"/}"
}

# Runs a command with its output in a log; says that it goes on every ten seconds, and ends the script where it fails.
step() { # what log command...
  local what=$1 log=$2 began=$SECONDS next=10
  shift 2
  mkdir -p "$(dirname "$log")"
  say "$what ..."
  # In a process group of its own, which end_step can end as a whole, and without the lock of .dev: the compiler's servers live on.
  set -m
  "$@" >"$log" 2>&1 </dev/null 9>&- &
  step_pid=$!
  set +m
  while kill -0 "$step_pid" 2>/dev/null; do
    sleep 0.2
    if [ $((SECONDS - began)) -ge $next ]; then say "$what: $next s so far"; next=$((next + 10)); fi
  done
  if ! wait "$step_pid"; then
    step_pid=
    warn "$what failed after $((SECONDS - began)) s; its last lines:"
    show_log "$log"
    exit 1
  fi
  step_pid=
  [ $((SECONDS - began)) -lt 2 ] || say "$what: done in $((SECONDS - began)) s"
}

# Ends the step that was going on when the script was interrupted.
end_step() {
  [ -z "${step_pid:-}" ] || kill -TERM -- "-$step_pid" 2>/dev/null || true
}

need_dotnet() {
  command -v dotnet >/dev/null || die "needs the .NET SDK $(sed -n 's/.*"version": *"\(.*\)".*/\1/p' global.json): https://dotnet.microsoft.com/download"
  export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
}

need_linux() {
  [ "$(uname -s)" = Linux ] && [ -n "$rid" ] || die "$1 runs on Linux (x64 or arm64) only"
}

# Ports -----------------------------------------------------------------------------------------------------------------------

port_answers() { # port [host]
  (exec 3<>"/dev/tcp/${2:-127.0.0.1}/$1") 2>/dev/null
}

port_owner() { # port
  local pid
  if command -v ss >/dev/null; then
    pid=$(ss -Hltnp "sport = :$1" 2>/dev/null | sed -n 's/.*pid=\([0-9]*\).*/\1/p' | head -n 1)
  elif command -v lsof >/dev/null; then
    pid=$(lsof -nP -t -iTCP:"$1" -sTCP:LISTEN 2>/dev/null | head -n 1)
  fi
  if [ -n "${pid:-}" ]; then
    echo "process $pid ($(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | cut -c1-80))"
  else
    echo "another process"
  fi
}

need_port() { # port variable whose
  ! port_answers "$1" || die "port $1 ($3) is taken by $(port_owner "$1"); choose another with $2"
}

# Processes: .dev/NAME.pid holds the id and the start time, so that a stale file never names a stranger. -----------------------

start_time() { # pid
  sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

pid_of() { # name; fails unless it runs
  local pid began
  read -r pid began 2>/dev/null <"$dev/$1.pid" || return 1
  [ -n "$began" ] && [ "$(start_time "$pid")" = "$began" ] || return 1
  [ "$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1)" != Z ] || return 1
  echo "$pid"
}

running() { pid_of "$1" >/dev/null; }

# In a session of its own: the terminal's Ctrl-C reaches this script only, which then stops things in the right order.
launch() { # name command...
  local name=$1 pid
  shift
  mkdir -p "$dev"
  setsid "$@" >"$dev/$name.log" 2>&1 </dev/null 9>&- &
  pid=$!
  disown "$pid"
  echo "$pid $(start_time "$pid")" >"$dev/$name.pid"
}

# Waits until a probe succeeds, for as long as the process lives and the time lasts.
await() { # name what seconds probe...
  local name=$1 what=$2 limit=$3 began=$SECONDS next=5
  shift 3
  until "$@" >/dev/null 2>&1; do
    running "$name" || { warn "$name ended before it was $what; its last lines:"; show_log "$dev/$name.log"; exit 1; }
    [ $((SECONDS - began)) -lt "$limit" ] || { warn "$name was not $what within $limit s; its last lines:"; show_log "$dev/$name.log"; exit 1; }
    if [ $((SECONDS - began)) -ge $next ]; then say "$name: not yet $what after $next s"; next=$((next + 5)); fi
    sleep 0.1
  done
}

# SIGTERM and patience; SIGKILL where that is not enough, or at once where the user has pressed Ctrl-C again.
stop() { # name seconds
  local pid ticks=0 next=20
  pid=$(pid_of "$1") || { rm -f "$dev/$1.pid"; return 0; }
  say "stopping $1"
  kill -TERM "$pid" 2>/dev/null || true
  while running "$1"; do
    if [ -n "${hurry:-}" ] || [ $ticks -ge $(($2 * 10)) ]; then
      warn "$1 did not end; killing it"
      kill -KILL "$pid" 2>/dev/null || true
    fi
    sleep 0.1 || true
    ticks=$((ticks + 1))
    if [ $ticks -ge $next ]; then say "stopping $1: $((ticks / 10)) s so far"; next=$((next + 50)); fi
  done
  rm -f "$dev/$1.pid"
}
