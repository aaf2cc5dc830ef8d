# `images`: the two scratch images, by whichever tool is there. Sourced by ./eventbus.
# shellcheck shell=bash disable=SC2154

cmd_images() {
  local from_host='' check='' tool kind failed=''
  while [ $# -gt 0 ]; do
    case $1 in
      --from-host) from_host=1 ;;
      --check) check=1 ;;
      *) die "images takes --from-host and --check, not $1" ;;
    esac
    shift
  done
  need_linux images
  tool=$(image_tool) || die "images needs docker (with an engine that answers), podman or buildah"
  say "images: with $tool"
  if [ -n "$from_host" ]; then build_images_from_host "$tool"; else build_images "$tool"; fi
  for kind in gateway worker; do
    export_image "$tool" $kind
    gate_size "$kind image" "$(du --summarize --apparent-size --block-size=1 "$root/artifacts/image/$kind" | cut -f1)" || failed=1
  done
  [ -z "$check" ] || check_images "$tool"
  [ -z "$failed" ] || die "images: not within the gates"
}

image_tool() {
  if command -v docker >/dev/null && docker info >/dev/null 2>&1; then echo docker
  elif command -v podman >/dev/null; then echo podman
  elif command -v buildah >/dev/null; then echo buildah
  else return 1; fi
}

# HEALTHCHECK is part of Docker's image format, not of OCI's; vfs is the one storage driver that works inside containers too.
image_build() { # tool arguments...
  case $1 in
    docker) docker build "${@:2}" ;;
    podman) podman build --format docker "${@:2}" ;;
    buildah) buildah --storage-driver vfs build --isolation chroot --format docker "${@:2}" ;;
  esac
}

build_images() { # tool
  local kind
  for kind in gateway worker; do
    step "building the image event-bus-$kind (several minutes at first)" "$root/artifacts/image-$kind.log" \
      image_build "$1" --target $kind --tag event-bus-$kind:latest .
  done
}

# The same last stages of the same Dockerfile; only where they copy from is collected here instead of inside the SDK's image.
build_images_from_host() { # tool
  local kind
  has_linker || die "--from-host needs a linker: install clang (or gcc)"
  rm -rf "$root/artifacts/rootfs"
  for kind in gateway worker; do
    publish_native $kind
    mkdir -p "$root/artifacts/rootfs/$kind"
    step "collecting the files of event-bus-$kind" "$root/artifacts/image-$kind.log" \
      build/collect-rootfs.sh "$publish/$kind" event-bus-$kind "$root/artifacts/rootfs/$kind/rootfs"
  done
  sed -n '/^FROM scratch AS base/,$p' Dockerfile >"$root/artifacts/rootfs/Dockerfile"
  for kind in gateway worker; do
    step "building the image event-bus-$kind" "$root/artifacts/image-$kind.log" \
      image_build "$1" --target $kind --tag event-bus-$kind:latest --file "$root/artifacts/rootfs/Dockerfile" \
      --build-context gateway-files="$root/artifacts/rootfs/gateway" --build-context worker-files="$root/artifacts/rootfs/worker" "$root/artifacts/rootfs"
  done
}

# The image's root file system as a folder, artifacts/image/KIND, and its environment beside it.
export_image() { # tool kind
  local container out=$root/artifacts/image/$2
  rm -rf "$out"
  mkdir -p "$out"
  if [ "$1" = buildah ]; then
    container=$(buildah --storage-driver vfs from --pull-never "event-bus-$2:latest")
    cp --archive "$(buildah --storage-driver vfs mount "$container")/." "$out/"
    buildah --storage-driver vfs inspect --format '{{range .Docker.Config.Env}}{{println .}}{{end}}' "$container" | grep = >"$out.env"
    buildah --storage-driver vfs rm "$container" >/dev/null
  else
    container=$("$1" create "event-bus-$2:latest")
    "$1" export "$container" | tar --extract --directory "$out"
    "$1" inspect --format '{{range .Config.Env}}{{println .}}{{end}}' "$container" | grep = >"$out.env"
    "$1" rm "$container" >/dev/null
  fi
}

# Runs what is in the images as an engine would run it: chroot, read-only, nobody's user, the image's own environment.
check_images() {
  [ "$(id -u)" = 0 ] || die "--check needs root, for chroot and mounts"
  mkdir -p "$dev"
  exec 9>"$dev/lock"
  flock --nonblock 9 || die "./eventbus up is running; end it first"
  if running gateway || running worker; then die "the project is up; ./eventbus down first"; fi
  need_port "$gateway_port" EVENT_BUS_PORT "the gateway's"
  need_port "$gateway_metrics" EVENT_BUS_METRICS_PORT "the gateway's metrics"
  need_port "$worker_metrics" EVENT_BUS_WORKER_METRICS_PORT "the worker's metrics"
  trap 'interrupted' INT TERM
  trap 'end_all' EXIT
  engines_begin
  [ -n "${EVENT_BUS_DATABASE_URL:-}" ] || die "--check needs a PostgreSQL for the worker"
  engines_ready
  launch_image gateway EVENT_BUS_PORT="$gateway_port" EVENT_BUS_METRICS_PORT="$gateway_metrics"
  await_ready gateway "$gateway_port"
  register_topic
  if [ "$kafka_mode" = embedded ]; then kafka_join_embedded; fi
  launch_image worker EVENT_BUS_METRICS_PORT="$worker_metrics"
  await_ready worker "$worker_metrics"
  in_image gateway EVENT_BUS_PORT="$gateway_port" EVENT_BUS_METRICS_PORT="$gateway_metrics" -- --health-check || die "the gateway's --health-check failed"
  in_image worker EVENT_BUS_METRICS_PORT="$worker_metrics" -- --health-check || die "the worker's --health-check failed"
  local kind
  for kind in gateway worker; do check_process $kind; done
  publish_example
  for kind in gateway worker; do check_end $kind; done
  say "images: both run as user 65532 on a read-only file system, answer their health check and end with 0"
}

launch_image() { # kind VARIABLE=value...
  local kind=$1
  shift
  launch "$kind" build/run-in-image.sh "$root/artifacts/image/$kind" "$dev/$kind.exit" KAFKA_BROKERS="$KAFKA_BROKERS" \
    EVENT_BUS_DATABASE_URL="$EVENT_BUS_DATABASE_URL" EVENT_BUS_AUTO_MIGRATE=true "$@" -- "/event-bus-$kind"
}

in_image() { # kind VARIABLE=value... -- arguments...
  local kind=$1 variables=()
  shift
  while [ "$1" != -- ]; do variables+=("$1"); shift; done
  shift
  build/run-in-image.sh "$root/artifacts/image/$kind" /dev/null KAFKA_BROKERS="$KAFKA_BROKERS" "${variables[@]}" -- "/event-bus-$kind" "$@"
}

# The process in the image is a child of the one that was launched.
image_process() { pgrep --parent "$(pid_of "$1")" --full "^/event-bus-$1"; }

check_process() { # kind
  local pid
  pid=$(image_process "$1")
  [ "$(sed -n 's/^Uid:\t\([0-9]*\).*/\1/p' "/proc/$pid/status")" = 65532 ] || die "the $1 does not run as user 65532"
  grep -q '/libmimalloc.so.2$' "/proc/$pid/maps" || die "the $1 runs without mimalloc"
  grep -q '/librdkafka.so$' "/proc/$pid/maps" || [ "$1" = worker ] || die "the $1 runs without librdkafka"
}

publish_example() {
  local answer
  answer=$(curl --silent --show-error --max-time 20 "$gateway_url/events/publish" --header 'Content-Type: application/json' --data \
    '{"event_type":"game.match.end","topic":"game.events","source":"match-service","payload":"{\"match_id\":\"123\"}"}')
  grep -q '"published":true' <<<"$answer" || die "the gateway's image did not publish: $answer"
  say "published from the image: $answer"
}

check_end() { # kind
  local pid code
  pid=$(image_process "$1")
  kill -TERM "$pid"
  for _ in $(seq 300); do running "$1" || break; sleep 0.1; done
  code=$(cat "$dev/$1.exit")
  [ "$code" = 0 ] || { show_log "$dev/$1.log"; die "the $1 ended with code $code after SIGTERM"; }
}
