# shellcheck shell=bash
# Runs the linux provider's tests in a Debian 12 machine. Sourced by test.sh.

run_tests_in_debian_vm() { die "test --debian-vm: not yet"; }
