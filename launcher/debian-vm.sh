# shellcheck shell=bash
# Runs the linux provider's tests in a Debian 12 machine (kernel 6.1, cgroup v2) under software emulation.
# Sourced by test.sh. The tool that boots the machine is not part of this project: SANDKEEP_DEBIAN_VM names it, a
# program with the verbs up, down, run, copy and fetch.
# shellcheck disable=SC2154 # target and linux_test_packages come from build.sh and test.sh

debian_vm=${SANDKEEP_DEBIAN_VM:-$SANDKEEP_HOME/../shared/tools/debian-vm}

# How much slower than real hardware the machine is: tests stretch their deadlines by it.
debian_vm_slowness=${SANDKEEP_TEST_SLOWNESS:-10}
debian_vm_time_limit=${SANDKEEP_DEBIAN_VM_TIME_LIMIT:-5400}

# run_tests_in_debian_vm JUNIT-CONSOLE-OPTIONS...: all tests of sandkeep-linux, or those the options choose.
run_tests_in_debian_vm() {
  [ -x "$debian_vm" ] || die "test --debian-vm needs the tool that boots the machine, and $debian_vm is not there.
Set SANDKEEP_DEBIAN_VM to it."
  if "$debian_vm" run true 2>/dev/null; then
    die "test --debian-vm: a machine of $debian_vm is up already. Power it off with: $debian_vm down"
  fi
  local work=$target/debian-vm status=0
  rm -rf "$work"
  mkdir -p "$work"
  with_build_lock pack_tests_for_debian_vm "$work"

  say "Booting the machine ..."
  trap '"$debian_vm" down || true' EXIT
  "$debian_vm" up >&2
  prepare_debian_vm "$work"
  test_in_debian_vm "$@" || status=$?
  "$debian_vm" fetch /opt/sandkeep/reports "$work/reports" || status=1
  summarize_tests "$status" "$work/reports"
}

# pack_tests_for_debian_vm FOLDER: the test class path and the JDK, as archives.
pack_tests_for_debian_vm() {
  local module=$SANDKEEP_HOME/sandkeep-linux/target
  say "Building sandkeep-linux and its tests (log: $1/build.log) ..."
  rm -rf "$module/test-dependencies"
  if ! run_with_progress "$1/build.log" maven -pl sandkeep-linux -am -DskipTests package \
    dependency:copy-dependencies -DincludeScope=test -DoutputDirectory=target/test-dependencies; then
    tail -n 25 "$1/build.log" >&2
    die "the build failed. The last lines are above, all of it is in $1/build.log"
  fi
  tar -czf "$1/tests.tar.gz" -C "$module" classes test-classes test-dependencies
  tar -czhf "$1/jdk.tar.gz" --exclude=src.zip --exclude=jmods --exclude=man -C "$JAVA_HOME" .
}

# prepare_debian_vm FOLDER: copies the archives, and installs the packages that the tests use.
prepare_debian_vm() {
  say "Copying the tests and a JDK, and installing packages in the machine (about 3 minutes) ..."
  "$debian_vm" run mkdir -p /opt/sandkeep/jdk /opt/sandkeep/reports
  "$debian_vm" copy "$1/tests.tar.gz" /opt/sandkeep/
  "$debian_vm" copy "$1/jdk.tar.gz" /opt/sandkeep/
  "$debian_vm" run "set -e; cd /opt/sandkeep; tar -xzf jdk.tar.gz -C jdk; tar -xzf tests.tar.gz; rm ./*.tar.gz"
  "$debian_vm" run "set -e; export DEBIAN_FRONTEND=noninteractive; apt-get -q update
    apt-get -q install -y --no-install-recommends ${linux_test_packages[*]}" >"$target/debian-vm/apt.log" 2>&1 ||
    die "packages could not be installed in the machine: see $target/debian-vm/apt.log"
}

# test_in_debian_vm JUNIT-CONSOLE-OPTIONS...
test_in_debian_vm() {
  local options
  [ $# != 0 ] || set -- --scan-classpath=test-classes '--include-classname=.*Test'
  options=$(printf '%q ' "$@")
  say "Running the tests in the machine ..."
  # Without the optimizing compiler, which takes longer under emulation than what it gains.
  timeout "$debian_vm_time_limit" "$debian_vm" run "cd /opt/sandkeep && \
    SANDKEEP_TEST_SLOWNESS=$debian_vm_slowness CI=${CI:-} SANDKEEP_REQUIRE_LINUX=${SANDKEEP_REQUIRE_LINUX:-} \
    jdk/bin/java -XX:TieredStopAtLevel=1 --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -cp 'classes:test-classes:test-dependencies/*' org.junit.platform.console.ConsoleLauncher execute \
    --disable-banner --disable-ansi-colors \
    --config=junit.jupiter.execution.timeout.testable.method.default=$((5 * debian_vm_slowness))m \
    --details=testfeed --reports-dir=reports $options"
}
