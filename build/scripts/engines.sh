# The engines that development and tests stand on: found, started, stopped. Sourced by ./eventbus.
#
# An engine is three functions: NAME_begin chooses one and starts it without waiting, NAME_ready waits for it and prepares it,
# NAME_end stops what NAME_begin started. `engines` lists them in the order of their start.
# shellcheck shell=bash disable=SC2034,SC2154

engines=(kafka redis postgres)
engines_begin() { local e; for e in "${engines[@]}"; do "${e}_begin"; done; }
engines_ready() { local e; for e in "${engines[@]}"; do "${e}_ready"; done; }
engines_end() { local i; for ((i = ${#engines[@]} - 1; i >= 0; i--)); do "${engines[i]}_end"; done; }

docker_answers() { command -v docker >/dev/null && docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1; }
compose=(docker compose --file "$root/deploy/compose.dev.yaml")

# Kafka: exports KAFKA_BROKERS, sets kafka_mode to explicit, home, docker or embedded. -------------------------------------------

kafka_port=${EVENT_BUS_DEV_KAFKA_PORT:-9092}
kafka_dir=$dev/kafka
dev_topic=game.events

java_17() {
  local java=${JAVA_HOME:+$JAVA_HOME/bin/}java version
  version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1) || true
  [ "${version:-0}" -ge 17 ]
}

kafka_begin() {
  if [ -n "${KAFKA_BROKERS:-}" ] && [ "$KAFKA_BROKERS" != embedded ]; then
    kafka_mode=explicit
    say "Kafka: the brokers that KAFKA_BROKERS names ($KAFKA_BROKERS)"
  elif [ -z "${KAFKA_BROKERS:-}" ] && [ -n "${KAFKA_HOME:-}" ]; then
    kafka_mode=home
    kafka_home_begin
  elif [ -z "${KAFKA_BROKERS:-}" ] && docker_answers; then
    kafka_mode=docker
    export KAFKA_BROKERS=127.0.0.1:$kafka_port
    say "Kafka: a container of deploy/compose.dev.yaml at $KAFKA_BROKERS"
    EVENT_BUS_DEV_KAFKA_PORT=$kafka_port step "starting Kafka's container" "$dev/kafka-compose.log" "${compose[@]}" up --detach kafka
    touch "$dev/kafka-compose.started"
  else
    kafka_mode=embedded
    export KAFKA_BROKERS=embedded
    cat <<'BANNER'
+--------------------------------------------------------------------------------------------------------------+
| Kafka: EMBEDDED. librdkafka's mock cluster inside the gateway: it keeps a short tail of the records and      |
| loses everything when the gateway ends. For a real broker set KAFKA_HOME (Apache Kafka 4.x and Java 17),     |
| KAFKA_BROKERS, or start Docker.                                                                              |
+--------------------------------------------------------------------------------------------------------------+
BANNER
  fi
}

kafka_ready() {
  case $kafka_mode in
    explicit)
      kafka_reachable || die "none of the brokers in KAFKA_BROKERS ($KAFKA_BROKERS) takes a connection"
      if [ -n "${KAFKA_SECURITY_PROTOCOL:-}" ] || [ -z "${KAFKA_HOME:-}" ] || ! java_17; then
        say "Kafka: topic $dev_topic is not made for you (that takes KAFKA_HOME, Java 17 and brokers without TLS); make it with your own tools"
        return 0
      fi
      make_topic "$KAFKA_HOME/bin/kafka-topics.sh" ;;
    home)
      await kafka "listening on port $kafka_port" 120 port_answers "$kafka_port"
      make_topic "$KAFKA_HOME/bin/kafka-topics.sh" ;;
    docker)
      KAFKA_BROKERS=127.0.0.1:19092 make_topic "${compose[@]}" exec -T kafka /opt/kafka/bin/kafka-topics.sh ;;
  esac
}

kafka_end() {
  stop kafka 30
  if [ -e "$dev/kafka-compose.started" ]; then
    step "stopping Kafka's container" "$dev/kafka-compose.log" "${compose[@]}" stop kafka
    rm -f "$dev/kafka-compose.started"
  fi
}

# The embedded cluster chooses a port and the gateway logs it; whoever else wants to join needs that address.
kafka_join_embedded() {
  KAFKA_BROKERS=$(grep -i embedded "$dev/gateway.log" | grep -oE '(127\.0\.0\.1|localhost):[0-9]+' | head -n 1) ||
    die "the gateway's log (.dev/gateway.log) does not say where its embedded cluster listens"
}

kafka_reachable() {
  local broker
  for broker in ${KAFKA_BROKERS//,/ }; do
    broker=${broker##*://}
    case $broker in *:*) ;; *) broker=$broker:9092 ;; esac
    if timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2"' - "${broker%:*}" "${broker##*:}" 2>/dev/null; then return 0; fi
  done
  return 1
}

# kafka-topics waits for a broker that is still starting, so this is the test for readiness too.
make_topic() { # kafka-topics command...
  step "making sure of topic $dev_topic" "$dev/kafka-topics.log" env LOG_DIR="$kafka_dir/logs" \
    "$@" --bootstrap-server "$KAFKA_BROKERS" --create --if-not-exists --topic "$dev_topic" --partitions 3
}

kafka_home_begin() {
  local script controller=$((kafka_port + 7))
  for script in kafka-storage.sh kafka-server-start.sh kafka-topics.sh; do
    [ -x "$KAFKA_HOME/bin/$script" ] || die "KAFKA_HOME ($KAFKA_HOME) has no bin/$script: it must be an unpacked Apache Kafka 4.x"
  done
  java_17 || die "KAFKA_HOME is set, but there is no Java 17 for it: install one (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME"
  export KAFKA_BROKERS=127.0.0.1:$kafka_port
  if running kafka; then say "Kafka: already running at $KAFKA_BROKERS"; return 0; fi
  need_port "$kafka_port" EVENT_BUS_DEV_KAFKA_PORT "Kafka's"
  need_port "$controller" EVENT_BUS_DEV_KAFKA_PORT "the Kafka controller's, seven above the broker's"
  mkdir -p "$kafka_dir/logs"
  kafka_properties "$controller" >"$kafka_dir/server.properties"
  # The id of a cluster is a UUID in unpadded URL-safe base64.
  [ -e "$kafka_dir/data/meta.properties" ] || step "formatting Kafka's storage" "$dev/kafka-format.log" env LOG_DIR="$kafka_dir/logs" \
    "$KAFKA_HOME/bin/kafka-storage.sh" format --cluster-id "$(head -c 16 /dev/urandom | base64 | tr '+/' 'AB' | tr -d =)" \
    --config "$kafka_dir/server.properties"
  say "Kafka: starting the distribution at KAFKA_HOME as one broker at $KAFKA_BROKERS, data in .dev/kafka"
  LOG_DIR=$kafka_dir/logs launch kafka "$KAFKA_HOME/bin/kafka-server-start.sh" "$kafka_dir/server.properties"
}

# One broker that is its own controller. Every internal topic has one replica, or it could not be made at all; few partitions,
# since each is a file to open at every start; auto-creation off, as a production cluster should have it.
kafka_properties() { # controller port
  cat <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$1
listeners=PLAINTEXT://127.0.0.1:$kafka_port,CONTROLLER://127.0.0.1:$1
advertised.listeners=PLAINTEXT://127.0.0.1:$kafka_port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$kafka_dir/data
num.partitions=3
default.replication.factor=1
min.insync.replicas=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=5
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
PROPERTIES
}

# Redis: exports EVENT_BUS_REDIS_URL, or leaves it unset where there is none: nothing needs it. ------------------------------------

redis_port=${EVENT_BUS_DEV_REDIS_PORT:-6379}
redis_where=none

redis_begin() {
  if [ -n "${EVENT_BUS_REDIS_URL:-}" ]; then
    redis_where='as EVENT_BUS_REDIS_URL says'
    say "Redis: the one that EVENT_BUS_REDIS_URL names"
  elif command -v redis-server >/dev/null; then
    redis_where=127.0.0.1:$redis_port
    export EVENT_BUS_REDIS_URL=redis://$redis_where
    if running redis; then say "Redis: already running at $redis_where"; return 0; fi
    need_port "$redis_port" EVENT_BUS_DEV_REDIS_PORT "Redis's"
    mkdir -p "$dev/redis"
    say "Redis: starting the installed redis-server at $redis_where, data in .dev/redis"
    # Where room is needed the keys used longest ago go, and not, as by time to live, those that are in flight.
    launch redis redis-server --port "$redis_port" --bind 127.0.0.1 --dir "$dev/redis" --appendonly yes --maxmemory 128mb --maxmemory-policy volatile-lru
  elif docker_answers; then
    redis_where=127.0.0.1:$redis_port
    export EVENT_BUS_REDIS_URL=redis://$redis_where
    say "Redis: a container of deploy/compose.dev.yaml at $redis_where"
    EVENT_BUS_DEV_REDIS_PORT=$redis_port step "starting Redis's container" "$dev/redis-compose.log" "${compose[@]}" up --detach redis
    touch "$dev/redis-compose.started"
  else
    say "Redis: none (optional; install redis-server, or set EVENT_BUS_REDIS_URL): each gateway has an idempotency window of its own"
  fi
}

redis_ready() {
  ! running redis || await redis "listening on port $redis_port" 20 port_answers "$redis_port"
}

redis_end() {
  stop redis 10
  if [ -e "$dev/redis-compose.started" ]; then
    step "stopping Redis's container" "$dev/redis-compose.log" "${compose[@]}" stop redis
    rm -f "$dev/redis-compose.started"
  fi
}

# PostgreSQL: exports EVENT_BUS_DATABASE_URL where there is one; without, the gateway publishes and the worker is not started. -----

postgres_port=${EVENT_BUS_DEV_POSTGRES_PORT:-5433}
postgres_url=postgresql://eventbus@127.0.0.1:$postgres_port/eventbus
postgres_where=none

# The folder of the server's programs: on the PATH, else the newest of Debian's.
postgres_bin() {
  local folder
  for folder in ${PATH//:/ } $(printf '%s\n' /usr/lib/postgresql/*/bin | sort --version-sort --reverse); do
    if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then echo "$folder"; return 0; fi
  done
  return 1
}

postgres_begin() {
  if [ -n "${EVENT_BUS_DATABASE_URL:-}" ]; then
    postgres_where='as EVENT_BUS_DATABASE_URL says'
    say "PostgreSQL: the one that EVENT_BUS_DATABASE_URL names"
  elif postgres_bin >/dev/null || postgres_install; then
    export EVENT_BUS_DATABASE_URL=$postgres_url
    postgres_where=$postgres_url
    postgres_start
  elif docker_answers; then
    export EVENT_BUS_DATABASE_URL=$postgres_url
    postgres_where=$postgres_url
    say "PostgreSQL: a container of deploy/compose.dev.yaml at 127.0.0.1:$postgres_port"
    EVENT_BUS_DEV_POSTGRES_PORT=$postgres_port step "starting PostgreSQL's container" "$dev/postgres-compose.log" "${compose[@]}" up --detach --wait postgres
    touch "$dev/postgres-compose.started"
  else
    say "PostgreSQL: none. The gateway runs without topics, status and statistics, and the worker is NOT started: it has nowhere to store events."
    say "PostgreSQL: install it (Debian: apt-get install postgresql), start Docker, or set EVENT_BUS_DATABASE_URL"
  fi
}

# Only where that asks nobody for a password; a machine without its package sources is no failure.
postgres_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  say "PostgreSQL: not installed; installing Debian's package postgresql with apt-get ..."
  (export DEBIAN_FRONTEND=noninteractive; apt-get update && apt-get install --yes --no-install-recommends postgresql) >"$dev/postgres-install.log" 2>&1 9>&- </dev/null &&
    postgres_bin >/dev/null || { warn "PostgreSQL could not be installed; see .dev/postgres-install.log"; return 1; }
}

# PostgreSQL refuses to run as root. Sets postgres_as, what to put before its programs there: to run as the owner of the data, at first Debian's
# postgres, else nobody.
postgres_account() { # data
  postgres_as=()
  [ "$(id -u)" = 0 ] || return 0
  postgres_user=$(stat --format %U "$1" 2>/dev/null || id -un postgres 2>/dev/null || echo nobody)
  postgres_as=(setpriv --reuid="$(id -u "$postgres_user")" --regid="$(id -g "$postgres_user")" --clear-groups --)
}

postgres_start() {
  local bin data=$dev/postgres
  bin=$(postgres_bin)
  if running postgres; then say "PostgreSQL: already running at 127.0.0.1:$postgres_port"; return 0; fi
  need_port "$postgres_port" EVENT_BUS_DEV_POSTGRES_PORT "PostgreSQL's"
  postgres_account "$data/data"
  mkdir -p "$data"
  if ! "${postgres_as[@]}" test -x "$data"; then
    # A checkout under /root, say, which nobody else may enter.
    rmdir "$data"
    data=/var/tmp/eventbus-postgres-$(cksum <<<"$root" | cut -d' ' -f1)
    postgres_account "$data/data"
    mkdir -p "$data"
  fi
  if [ ! -e "$data/data/PG_VERSION" ]; then
    "${postgres_as[@]}" test -w "$data" || chown "$postgres_user" "$data"
    rm -rf "$data/data" "$data/data.new"
    step "initialising PostgreSQL's data" "$dev/postgres-init.log" postgres_initialise "$bin" "$data/data"
  fi
  say "PostgreSQL: starting the installed $("$bin/postgres" --version | cut -d' ' -f3) at 127.0.0.1:$postgres_port, data in ${data#"$root"/}"
  launch postgres "${postgres_as[@]}" "$bin/postgres" -D "$data/data" -p "$postgres_port" -c listen_addresses=127.0.0.1 -c unix_socket_directories=
}

postgres_initialise() { # bin data; in a folder of its own, which is moved once all is done
  "${postgres_as[@]}" "$1/initdb" -D "$2.new" -U eventbus --auth=trust --encoding=UTF8 --locale=C
  echo 'CREATE DATABASE eventbus' | "${postgres_as[@]}" "$1/postgres" --single -D "$2.new" postgres
  "${postgres_as[@]}" mv "$2.new" "$2"
}

postgres_ready() {
  ! running postgres || await postgres "accepting connections" 60 grep --quiet 'ready to accept connections' "$dev/postgres.log"
}

postgres_end() {
  local pid
  # A fast shutdown; what `stop` sends would wait for whoever is still connected.
  if pid=$(pid_of postgres); then kill -INT "$pid" 2>/dev/null || true; fi
  stop postgres 30
  if [ -e "$dev/postgres-compose.started" ]; then
    step "stopping PostgreSQL's container" "$dev/postgres-compose.log" "${compose[@]}" stop postgres
    rm -f "$dev/postgres-compose.started"
  fi
}
