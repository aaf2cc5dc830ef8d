# `aot`: the native build as a gate. Sourced by ./eventbus.
# shellcheck shell=bash disable=SC2154

cmd_aot() {
  [ $# -eq 0 ] || die "aot takes no arguments"
  need_linux aot
  has_linker || die "aot needs a linker: install clang (or gcc)"
  local kind failed=''
  for kind in gateway worker; do
    # A compiler that is not run gives no warnings: its former output goes first.
    rm -rf "$root/artifacts/obj/EventBus.$(project $kind)"/*/native "$publish/$kind.stamp"
    publish_native $kind
    gate_il_warnings "$publish/$kind.log" || failed=1
    gate_size "$kind binary" "$(stat --format %s "$(native_binary $kind)")" || failed=1
  done
  [ -z "$failed" ] || die "aot: not within the gates"
  say "aot: within the gates"
}

# Each IL warning must be the summary (IL2104, IL3053) of an assembly that build/il-warnings.allowed names with that code.
gate_il_warnings() { # log
  local line code assembly found='' seen
  seen=$(grep -oE 'warning IL[0-9]{4}: .*' "$1" | sort -u) || return 0
  while IFS= read -r line; do
    code=$(grep -oE 'IL[0-9]{4}' <<<"$line" | head -n 1)
    assembly=$(sed -n "s/.*Assembly '\([^',]*\)['|,].*/\1/p" <<<"$line")
    if [ -n "$assembly" ] && grep -qE "^$code +${assembly//./\\.}( |$)" build/il-warnings.allowed; then continue; fi
    warn "not allowed: $line"
    found=1
  done <<<"$seen"
  [ -z "$found" ]
}

gate_size() { # what bytes
  local limit
  limit=$(sed -n "s/^$1 *= *\([0-9]*\) MB.*/\1/p" build/size-limits)
  [ -n "$limit" ] || die "build/size-limits has no line for: $1"
  say "$(printf '%s: %d.%d MB of %d MB' "$1" $(($2 / 1000000)) $(($2 / 100000 % 10)) "$limit")"
  [ "$2" -le $((limit * 1000000)) ] || { warn "$1 is over its limit"; return 1; }
}
