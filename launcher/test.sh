# shellcheck shell=bash
# Runs the tests. Sourced by ./sandkeep after build.sh, for "sandkeep test" only.
# shellcheck disable=SC2154 # target comes from build.sh

# What tests need beside a JDK: downloaders for those of the launcher ...
launcher_test_packages=(curl wget)
# ... and for those of the linux provider: runtimes, tools and the seccomp profile, a registry and what fills it.
linux_test_packages=(runc crun mmdebstrap nftables iproute2 catatonit golang-github-containers-common util-linux
  docker-registry skopeo)
# ... and for those of the dashboard: a browser, what drives it, and one font.
browser_test_packages=(chromium nodejs fonts-dejavu-core)

run_tests() {
  local options=() mode=here
  while [ $# -gt 0 ]; do
    case $1 in
      # Without the whole-system tests, and without what is tagged as slow.
      --quick) options+=(-DexcludedGroups=slow --projects '!sandkeep-e2e') ;;
      --debian-vm) mode=debian-vm ;;
      # Only the random run with faults; how long it goes on and its seed may be said.
      --chaos) options+=(-Dtest=ChaosTest -Dsurefire.failIfNoSpecifiedTests=false -Dsandkeep.chaos.seconds=180) ;;
      --seconds | --seed)
        if [ $# -lt 2 ] || [[ ! $2 =~ ^[0-9]{1,15}$ ]]; then die "test: $1 needs a number"; fi
        options+=("-Dsandkeep.chaos.${1#--}=$2")
        shift
        ;;
      --)
        shift
        options+=("$@")
        break
        ;;
      *) die "test: unknown option $1 (known: --quick, --chaos [--seconds N --seed S], --debian-vm, and -- followed by arguments for Maven,
with --debian-vm for JUnit's console)" ;;
    esac
    shift
  done
  if [ "$mode" = debian-vm ]; then
    # shellcheck source=launcher/debian-vm.sh
    . "$SANDKEEP_HOME/launcher/debian-vm.sh"
    run_tests_in_debian_vm ${options[@]+"${options[@]}"}
  else
    install_missing "${launcher_test_packages[@]}" "${linux_test_packages[@]}" "${browser_test_packages[@]}"
    with_build_lock run_tests_here ${options[@]+"${options[@]}"}
  fi
}

# install_missing PACKAGE...: as root on a system with apt, installs what is not there; else says what is missing.
install_missing() {
  command -v dpkg-query >/dev/null || return 0
  local package missing=()
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if is_root_with_apt; then
    say "Installing what the tests need: ${missing[*]} ..."
    apt_install "${missing[@]}" || die "these packages could not be installed: ${missing[*]}"
  else
    say "Missing, so that some tests will be skipped: ${missing[*]} (install them as root with apt-get)"
  fi
}

# run_tests_here MAVEN-ARGUMENTS...: every module is tested, also after one with failures; the summary decides.
run_tests_here() {
  local status=0 module reports=()
  rm -rf "$target/dist" "$SANDKEEP_HOME"/sandkeep-*/target/surefire-reports
  maven verify -Dmaven.test.failure.ignore=true "$@" 9>&- || status=$?
  for module in "$SANDKEEP_HOME"/sandkeep-*; do reports+=("$module/target/surefire-reports"); done
  summarize_tests "$status" "${reports[@]}"
}

# summarize_tests BUILD-STATUS FOLDER...: prints the closing line; its exit status is that of the whole run.
summarize_tests() {
  local options=()
  [ "$1" = 0 ] || options+=(--build-failed)
  if [ "${CI:-}" = true ] || [ "${SANDKEEP_REQUIRE_LINUX:-}" = 1 ]; then
    options+=(--never-skip dev.sandkeep.linux)
  fi
  "$JAVA_HOME/bin/java" "$SANDKEEP_HOME/sandkeep-e2e/src/main/java/dev/sandkeep/e2e/TestSummary.java" \
    ${options[@]+"${options[@]}"} "${@:2}" 9>&-
}
