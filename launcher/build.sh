# shellcheck shell=bash
# Builds what is not built, and only then. Sourced by ./sandkeep after jdk.sh.
#
# Maven lays a distribution out in target/dist. A finished one is copied to target/builds/<fingerprint of the
# sources>: its presence says that these sources are built, and a server that runs from it keeps its files when
# the next build begins.

target=$SANDKEEP_HOME/target

# Sets dist to the distribution of the present sources.
require_distribution() {
  if [ -n "${SANDKEEP_DIST:-}" ]; then
    dist=$SANDKEEP_DIST
    [ -d "$dist/lib" ] || die "SANDKEEP_DIST=$dist holds no lib folder: unset it, or build with ./mvnw package"
    return
  fi
  dist=$target/builds/$(fingerprint)
  [ -d "$dist" ] || build_distribution
}

# A digest over the content of everything that goes into the distribution. Works without git.
fingerprint() {
  cd "$SANDKEEP_HOME" || return
  find .mvn mvnw pom.xml sandkeep-*/pom.xml sandkeep-*/src/main -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-16
}

# with_build_lock COMMAND...: one Maven at a time in this checkout. Runs in a subshell, so that no program
# started later inherits the lock.
with_build_lock() {
  mkdir -p "$target"
  (
    if ! flock -n 9; then
      say "Waiting for another build or test run in $SANDKEEP_HOME ..."
      flock 9
    fi
    "$@"
  ) 9>"$target/build.lock"
}

build_distribution() { with_build_lock build_unless_built; }

build_unless_built() {
  [ -d "$dist" ] && return # by the one that was waited for
  local log=$target/build.log started=$SECONDS estimate='about 1 minute'
  [ -d "$target/builds" ] || estimate='first time: about 2 minutes'
  say "Building Sandkeep ($estimate; log: $log) ..."
  rm -rf "$target/dist"
  run_with_progress "$log" maven -Dmaven.test.skip package || {
    tail -n 25 "$log" >&2
    die "the build failed. The last lines are above, all of it is in $log"
  }
  rm -rf "$dist.unfinished"
  mkdir -p "$target/builds"
  cp -R "$target/dist" "$dist.unfinished"
  mv -T "$dist.unfinished" "$dist"
  train_cli
  train_server
  remove_old_builds
  say "Built in $((SECONDS - started)) s."
}

maven() {
  (
    cd "$SANDKEEP_HOME" || exit
    unset SANDKEEP_DIST
    export MAVEN_OPTS="--enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${MAVEN_OPTS:-}"
    ./mvnw --batch-mode --no-transfer-progress "$@"
  )
}

# run_with_progress LOG COMMAND...: the command's output goes to the log.
run_with_progress() {
  local log=$1 reporter='' status=0
  shift
  : >"$log"
  if [ -t 2 ]; then
    report_progress "$log" 9>&- &
    reporter=$!
  fi
  "$@" >>"$log" 2>&1 9>&- || status=$?
  if [ -n "$reporter" ]; then
    kill "$reporter" 2>/dev/null || true
    wait "$reporter" 2>/dev/null || true
    printf '\r\033[K' >&2
  fi
  return "$status"
}

# report_progress LOG: shows the module that Maven is at and the seconds, for as long as the launcher lives.
report_progress() {
  local started=$SECONDS module
  while kill -0 "$$"; do
    module=$(sed -n 's/^\[INFO\] Building \(sandkeep-[a-z0-9]*\).*/\1/p' "$1" | tail -n 1)
    printf '\r\033[K  %s (%d s)' "${module:-starting Maven}" "$((SECONDS - started))" >&2
    sleep 1
  done
}

# Keeps the two newest builds beside the present one, and any that a process still runs from.
remove_old_builds() {
  local build
  while IFS= read -r build; do
    [ "$build" = "$dist" ] && continue
    grep -qsF "$build/" /proc/[0-9]*/cmdline || rm -rf "$build"
  done < <(find "$target/builds" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d ' ' -f 2-)
}
