# `test` and `perf`. Sourced by ./eventbus.
# shellcheck shell=bash disable=SC2154

cmd_test() {
  local suites=() suite results=$root/artifacts/test-results failed=''
  while [ $# -gt 0 ]; do
    case $1 in
      unit) suites+=(UnitTests) ;;
      integration) suites+=(IntegrationTests) ;;
      system) suites+=(SystemTests) ;;
      --) shift; break ;;
      *) die "test takes unit, integration, system, and -- before what is for dotnet test; not $1" ;;
    esac
    shift
  done
  [ ${#suites[@]} -gt 0 ] || suites=(UnitTests IntegrationTests SystemTests)
  need_dotnet
  [ -n "${KAFKA_HOME:-}" ] || say "KAFKA_HOME is not set: tests that need a real broker will be skipped"
  postgres_bin >/dev/null || say "PostgreSQL is not installed: tests that need it will be skipped"

  if [[ " ${suites[*]} " == *" SystemTests "* ]]; then
    build_binaries
    export EVENT_BUS_GATEWAY_BINARY=$gateway_binary EVENT_BUS_WORKER_BINARY=$worker_binary
  fi
  for suite in "${suites[@]}"; do
    step "building EventBus.$suite" "$root/artifacts/test-build.log" dotnet build "tests/EventBus.$suite" --configuration Release
  done
  rm -rf "$results"
  for suite in "${suites[@]}"; do
    say "running EventBus.$suite"
    # A test that hangs is named, and ends its suite, rather than the patience of whoever waits.
    dotnet test "tests/EventBus.$suite" --configuration Release --no-build --results-directory "$results" --logger "trx;LogFileName=$suite.trx" \
      --logger "console;verbosity=minimal" --blame-hang-timeout 10m --blame-hang-dump-type none "$@" || failed+=" $suite"
  done
  totals "$results" "$failed" "${suites[@]}"
}

# One line of totals, as the last line. A suite that ended badly without a failed test (a crash, a hang) counts as one failure.
totals() { # results failed-suites suites...
  local results=$1 failures=$2 suite line total executed passed failed all_passed=0 all_failed=0 all_skipped=0
  shift 2
  for suite in "$@"; do
    line=$(grep -m 1 '<Counters ' "$results/$suite.trx" 2>/dev/null) || line=
    total=$(counter total "$line") executed=$(counter executed "$line") passed=$(counter passed "$line")
    # What neither passed nor was skipped has failed, whatever the runner calls it (error, timeout, aborted).
    failed=$((executed - passed))
    if [[ " $failures " == *" $suite "* && $failed -eq 0 ]]; then
      warn "EventBus.$suite did not end well, though no test of it is marked as failed; counted as one failure"
      failed=1
    fi
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed)) all_skipped=$((all_skipped + total - executed))
  done
  local code=0
  [ "$all_failed" -eq 0 ] || code=1
  if [ "${CI:-}" = true ] && [ "$all_skipped" -gt 0 ]; then warn "a skipped test is a failure where CI=true"; code=1; fi
  echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
  return $code
}

counter() { # name line
  local value
  value=$(sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$2")
  echo "${value:-0}"
}

# The gateway that is measured is the one of the sources as they are, with the allocator that the images carry.
cmd_perf() {
  need_linux perf
  has_linker || die "perf needs a linker: install clang (or gcc)"
  publish_native gateway
  export EVENT_BUS_GATEWAY_BINARY EVENT_BUS_GATEWAY_PRELOAD
  EVENT_BUS_GATEWAY_BINARY=$(native_binary gateway) EVENT_BUS_GATEWAY_PRELOAD=$(find_mimalloc)
  if [ -d "$root/artifacts/image/gateway" ]; then export EVENT_BUS_GATEWAY_ROOTFS=$root/artifacts/image/gateway; fi
  "$root/perf/run" "$@"
}
