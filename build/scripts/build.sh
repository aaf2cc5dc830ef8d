# Builds of the two binaries: native where a linker is there, else JIT. Sourced by ./eventbus.
# shellcheck shell=bash disable=SC2034,SC2154

has_linker() { command -v clang >/dev/null || command -v gcc >/dev/null; }

# Sources are unchanged when nothing that a build reads is newer than the stamp of the last one. Folders count too: they show deletions.
unchanged() { # stamp
  [ -e "$1" ] && [ -z "$(find src build/NativeBinary.props build/publish.sh Directory.Build.props Directory.Packages.props global.json -newer "$1" -print -quit)" ]
}

native_binary() { echo "$publish/$1/event-bus-$1"; } # gateway|worker
jit_binary() { echo "$root/artifacts/bin/EventBus.$(project "$1")/release/event-bus-$1"; }
project() { case $1 in gateway) echo Gateway ;; worker) echo Worker ;; esac; }

# The stamp bears the time at which the build began: what is edited meanwhile is built next time.
stamped() { # stamp what log command...
  local stamp=$1
  shift
  mkdir -p "$(dirname "$stamp")"
  touch "$stamp.new"
  step "$@"
  mv "$stamp.new" "$stamp"
}

publish_native() { # gateway|worker
  need_dotnet
  need_linux "a native build"
  if unchanged "$publish/$1.stamp" && [ -x "$(native_binary "$1")" ]; then return 0; fi
  rm -rf "${publish:?}/$1"
  stamped "$publish/$1.stamp" "building the native $1 (a minute or two)" "$publish/$1.log" \
    build/publish.sh "$1" "$publish/$1"
}

build_jit() { # gateway|worker
  need_dotnet
  if unchanged "$root/artifacts/jit-$1.stamp" && [ -x "$(jit_binary "$1")" ]; then return 0; fi
  stamped "$root/artifacts/jit-$1.stamp" "building the $1" "$root/artifacts/jit-$1.log" \
    dotnet build "src/EventBus.$(project "$1")" --configuration Release
}

# Sets gateway_binary and worker_binary.
build_binaries() { # [--jit]
  if [ "${1:-}" != --jit ] && ! has_linker; then
    say "neither clang nor gcc is installed: using the JIT build, which starts slower and is no measure of speed"
    set -- --jit
  fi
  local kind
  for kind in gateway worker; do
    if [ "${1:-}" = --jit ]; then build_jit $kind; else publish_native $kind; fi
  done
  if [ "${1:-}" = --jit ]; then
    gateway_binary=$(jit_binary gateway) worker_binary=$(jit_binary worker)
  else
    gateway_binary=$(native_binary gateway) worker_binary=$(native_binary worker)
  fi
}
