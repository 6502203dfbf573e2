# shellcheck shell=bash
# shellcheck disable=SC2154 # dist and target come from build.sh
# Starts the programs of a distribution. Sourced by ./sandkeep after build.sh.
#
# An AOT cache (classes loaded and linked ahead of time) halves the start. The JVM uses it only with the same
# JDK, class path and garbage collector as in training, and goes without it in silence otherwise.

# The JVM's own warnings go to stderr, or they would stand in the output of --json.
jvm_common=(-Xlog:disable -Xlog:all=warning:stderr --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow)
jvm_cli=("${jvm_common[@]}" -XX:+UseSerialGC -XX:TieredStopAtLevel=1)
# Virtual threads that wait in native code keep their carrier; more carriers than processors keep the rest going.
jvm_server=("${jvm_common[@]}" -XX:+UseG1GC -Xms64m -Xmx1g -XX:+ExitOnOutOfMemoryError
  -Djdk.virtualThreadScheduler.parallelism=16)

# jar_of PART: the jar whose manifest names the part's whole class path.
jar_of() {
  local jar
  for jar in "$dist/lib/$1/sandkeep-$1"-*.jar; do
    [ -f "$jar" ] || die "$dist holds no $1: remove it and run the command again"
    printf '%s\n' "$jar"
    return
  done
}

# aot_cache_of PART: where the part's AOT cache for this JDK is, or would be.
aot_cache_of() {
  local jdk
  jdk=$(cksum "$JAVA_HOME/release" 2>/dev/null | cut -d ' ' -f 1)
  printf '%s/aot/%s-%s.aot\n' "$dist" "$1" "${jdk:-unknown}"
}

# with_aot_cache PART: sets aot to the options that use the part's cache, if there is one.
with_aot_cache() {
  local cache
  cache=$(aot_cache_of "$1")
  aot=()
  if [ -f "$cache" ]; then aot=("-XX:AOTCache=$cache"); fi
}

# train PART JVM-AND-PROGRAM...: runs a program that ends by itself and records its AOT cache. Doing without one
# is only slower, so that a failure is told in a log and nothing else.
train() {
  local part=$1 cache log=$target/aot-$1.log
  shift
  cache=$(aot_cache_of "$part")
  mkdir -p "${cache%/*}"
  if timeout 120 "$JAVA_HOME/bin/java" -XX:AOTCacheOutput="$cache.unfinished" "$@" >"$log" 2>&1 9>&- </dev/null &&
    [ -f "$cache.unfinished" ]; then
    mv -T "$cache.unfinished" "$cache"
  else
    rm -f "$cache.unfinished" "$cache.unfinished.config"
  fi
}

train_cli() { train cli "${jvm_cli[@]}" -cp "$(jar_of cli)" dev.sandkeep.cli.TrainingRun; }

# dev.sandkeep.server.TrainingRun starts what the server starts, on nothing that exists, and ends: the hook for
# whoever changes what the server needs at its start.
train_server() { train server "${jvm_server[@]}" -cp "$(jar_of server)" dev.sandkeep.server.TrainingRun; }

# A distribution that the launcher did not build, such as the one of a test run, has none of its own.
require_aot_caches() {
  [ -f "$(aot_cache_of cli)" ] || train_cli
  [ -f "$(aot_cache_of server)" ] || train_server
}

exec_cli() {
  with_aot_cache cli
  exec "$JAVA_HOME/bin/java" "${jvm_cli[@]}" ${aot[@]+"${aot[@]}"} -cp "$(jar_of cli)" dev.sandkeep.cli.Main "$@"
}

exec_server() {
  local more
  read -r -a more <<<"${SANDKEEP_SERVER_JAVA_OPTS:-}"
  with_aot_cache server
  exec "$JAVA_HOME/bin/java" "${jvm_server[@]}" ${aot[@]+"${aot[@]}"} ${more[@]+"${more[@]}"} \
    -cp "$(jar_of server)" dev.sandkeep.server.SandkeepServer "$@"
}

exec_doctor() {
  exec "$JAVA_HOME/bin/java" "${jvm_cli[@]}" -cp "$(jar_of server)" dev.sandkeep.server.doctor.DoctorMain "$@"
}

exec_backup() {
  exec "$JAVA_HOME/bin/java" "${jvm_cli[@]}" -cp "$(jar_of server)" dev.sandkeep.server.backup.BackupMain "$@"
}

exec_bench() {
  exec "$JAVA_HOME/bin/java" "${jvm_common[@]}" -cp "$(jar_of bench)" dev.sandkeep.bench.Main "$@"
}
