# `up` and `down`: engines, build, gateway, worker. Sourced by ./eventbus.
# shellcheck shell=bash disable=SC2154

gateway_port=${EVENT_BUS_PORT:-8083}
gateway_metrics=${EVENT_BUS_METRICS_PORT:-9093}
worker_metrics=${EVENT_BUS_WORKER_METRICS_PORT:-9094}
gateway_url=http://127.0.0.1:$gateway_port

cmd_up() {
  local detach='' jit='' began=$SECONDS
  while [ $# -gt 0 ]; do
    case $1 in
      --detach | -d) detach=1 ;;
      --jit) jit=--jit ;;
      *) die "up takes --detach and --jit, not $1" ;;
    esac
    shift
  done
  need_linux up
  command -v curl >/dev/null || die "up needs curl"
  mkdir -p "$dev"
  exec 9>"$dev/lock"
  flock --nonblock 9 || die "another ./eventbus is starting or holding what lies in .dev; stop it with Ctrl-C there"
  if running gateway && { running worker || [ -e "$dev/no-worker" ]; }; then already_up; return 0; fi

  trap 'interrupted' INT TERM
  trap 'end_all' EXIT
  engines_begin
  build_binaries $jit
  engines_ready
  start_binaries
  say "ready after $((SECONDS - began)) s"
  print_addresses | tee "$dev/addresses"
  if [ -n "$detach" ]; then
    trap - INT TERM EXIT
    say "left running; logs are in .dev, ./eventbus down ends it"
    return 0
  fi
  say "Ctrl-C ends everything; the logs follow"
  follow
}

already_up() {
  say "already up"
  cat "$dev/addresses"
  unchanged "$publish/gateway.stamp" || unchanged "$root/artifacts/jit-gateway.stamp" ||
    say "the sources have changed since: ./eventbus down && ./eventbus up --detach runs the new ones"
}

start_binaries() {
  allocator=$(find_mimalloc)
  if [ -n "$allocator" ]; then say "allocator: $allocator (librdkafka allocates each header; mimalloc nearly halves that cost)"; fi
  if ! running gateway; then
    need_port "$gateway_port" EVENT_BUS_PORT "the gateway's"
    need_port "$gateway_metrics" EVENT_BUS_METRICS_PORT "the gateway's metrics"
    launch_binary gateway EVENT_BUS_PORT="$gateway_port" EVENT_BUS_METRICS_PORT="$gateway_metrics" "$gateway_binary"
  fi
  await_ready gateway "$gateway_port"
  register_topic
  if [ "$kafka_mode" = embedded ]; then kafka_join_embedded; fi
  rm -f "$dev/no-worker"
  if [ -z "${EVENT_BUS_DATABASE_URL:-}" ]; then
    say "the worker is not started: there is no PostgreSQL"
    touch "$dev/no-worker"
    return 0
  fi
  if ! running worker; then
    need_port "$worker_metrics" EVENT_BUS_WORKER_METRICS_PORT "the worker's metrics"
    launch_binary worker EVENT_BUS_METRICS_PORT="$worker_metrics" "$worker_binary"
  fi
  await_ready worker "$worker_metrics"
}

# With a database the registry says what can be published to: the topic that was made in Kafka is entered there too.
register_topic() {
  [ -n "${EVENT_BUS_DATABASE_URL:-}" ] && [ "$kafka_mode" != embedded ] || return 0
  local code
  code=$(curl --silent --output "$dev/topic.json" --write-out '%{http_code}' --max-time 30 "$gateway_url/topics" \
    --header 'Content-Type: application/json' --data "{\"name\":\"$dev_topic\"}") || true
  case $code in 201 | 409) ;; *) warn "topic $dev_topic could not be registered: $code $(cat "$dev/topic.json")" ;; esac
}

# Without the variables that only this script knows (the binaries warn of names that they do not), on this machine's own interface
# and with a log for people, unless told otherwise.
launch_binary() { # name VARIABLE=value... binary
  launch "$1" env --unset=EVENT_BUS_DEV_KAFKA_PORT --unset=EVENT_BUS_DEV_REDIS_PORT --unset=EVENT_BUS_DEV_POSTGRES_PORT \
    --unset=EVENT_BUS_WORKER_METRICS_PORT LD_PRELOAD="$allocator" EVENT_BUS_AUTO_MIGRATE="${EVENT_BUS_AUTO_MIGRATE:-true}" \
    EVENT_BUS_BIND="${EVENT_BUS_BIND:-127.0.0.1}" EVENT_BUS_LOG_FORMAT="${EVENT_BUS_LOG_FORMAT:-text}" "${@:2}"
}

await_ready() { # name port
  await "$1" ready 60 curl --fail --silent --max-time 2 "http://127.0.0.1:$2/health/ready"
}

find_mimalloc() {
  local file
  for file in /usr/lib/"$(uname -m)"-linux-gnu/libmimalloc.so.2 /usr/lib64/libmimalloc.so.2 /usr/lib/libmimalloc.so.2 /usr/local/lib/libmimalloc.so.2; do
    if [ -e "$file" ]; then echo "$file"; return; fi
  done
}

print_addresses() {
  cat <<TEXT

  gateway   $gateway_url   (health: $gateway_url/health, metrics: http://127.0.0.1:$gateway_metrics/metrics)
  worker    $([ -e "$dev/no-worker" ] && echo 'not started: no PostgreSQL' || echo "http://127.0.0.1:$worker_metrics/health   (metrics: http://127.0.0.1:$worker_metrics/metrics)")
  Kafka     $KAFKA_BROKERS
  Postgres  $postgres_where
  Redis     $redis_where

Publish an event:

  curl -sS $gateway_url/events/publish -H 'Content-Type: application/json' -d '{"event_type":"game.match.end","topic":"game.events","source":"match-service","payload":"{\"match_id\":\"123\",\"winner\":\"player456\",\"duration\":1800}","priority":"high","is_replayable":true}'

TEXT
  print_reader
}

print_reader() {
  local options="--topic $dev_topic --from-beginning --property print.key=true --property print.headers=true --property print.partition=true"
  case $kafka_mode in
    home) printf "Read the records:\n\n  %s/bin/kafka-console-consumer.sh --bootstrap-server %s %s\n\n" "$KAFKA_HOME" "$KAFKA_BROKERS" "$options" ;;
    docker) printf "Read the records:\n\n  docker compose -f deploy/compose.dev.yaml exec kafka /opt/kafka/bin/kafka-console-consumer.sh --bootstrap-server 127.0.0.1:19092 %s\n\n" "$options" ;;
    explicit) printf "Read the records, in any Kafka distribution's folder:\n\n  bin/kafka-console-consumer.sh --bootstrap-server %s %s\n\n" "$KAFKA_BROKERS" "$options" ;;
  esac
}

# Shows both logs until one of the processes ends by itself, which ends the rest.
follow() {
  tail --quiet --lines=+1 --follow=name "$dev/gateway.log" "$dev/worker.log" 2>/dev/null 9>&- &
  tail_pid=$!
  local name
  while true; do
    for name in gateway worker; do
      if ! running $name && ! { [ $name = worker ] && [ -e "$dev/no-worker" ]; }; then
        warn "$name has ended by itself; its last lines:"
        show_log "$dev/$name.log"
        exit 1
      fi
    done
    sleep 0.5
  done
}

# The first Ctrl-C ends the script, whose EXIT trap stops everything in order; a second one does not wait for anybody.
interrupted() {
  trap 'hurry=1' INT TERM
  echo
  exit 130
}

end_all() {
  local code=$?
  trap 'hurry=1' INT TERM
  trap - EXIT
  end_step
  stop gateway 40
  stop worker 40
  [ -z "${tail_pid:-}" ] || kill "$tail_pid" 2>/dev/null || true
  engines_end
  rm -f "$dev/addresses" "$dev/no-worker"
  # Ctrl-C is how `up` is meant to end.
  [ $code -ne 130 ] || code=0
  exit $code
}

cmd_down() {
  [ $# -eq 0 ] || die "down takes no arguments"
  [ -d "$dev" ] || { say "nothing is running"; return 0; }
  exec 9>"$dev/lock"
  flock --nonblock 9 || die "./eventbus up is running in another terminal; end it there with Ctrl-C"
  running gateway || running worker || running kafka || running redis || running postgres || compgen -G "$dev/*-compose.started" >/dev/null || { say "nothing is running"; return 0; }
  trap 'hurry=1' INT TERM
  stop gateway 40
  stop worker 40
  engines_end
  rm -f "$dev/addresses" "$dev/no-worker"
  say "down"
}
