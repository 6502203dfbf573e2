# shellcheck shell=bash
# Finds a JDK, or gets one. Sourced by ./sandkeep.

jdk_wanted=25
jdk_cache=${SANDKEEP_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/sandkeep}
jdk_api=${SANDKEEP_JDK_API:-https://api.adoptium.net}

# Sets JAVA_HOME to a JDK that is new enough, or ends the launcher saying what to do.
require_jdk() {
  find_jdk || get_jdk
  export JAVA_HOME
}

find_jdk() {
  local folder folders javac
  if is_jdk "${JAVA_HOME:-}"; then return; fi
  IFS=: read -r -a folders <<<"${SANDKEEP_JVM_DIRS:-/usr/lib/jvm}"
  # The release that everything here is tested with first, then newer ones.
  for folder in "${folders[@]}"; do use_first_jdk_of "$folder/*$jdk_wanted*" && return; done
  for folder in "${folders[@]}"; do use_first_jdk_of "$folder/*" && return; done
  if javac=$(command -v javac); then
    javac=$(readlink -f "$javac")
    use_jdk "${javac%/bin/javac}" && return
  fi
  use_first_jdk_of "$jdk_cache/jdk-*"
}

# use_first_jdk_of PATTERN: the first folder that matches and holds a JDK.
use_first_jdk_of() {
  local folder
  while IFS= read -r folder; do
    use_jdk "$folder" && return
  done < <(compgen -G "$1" || true)
  return 1
}

use_jdk() {
  is_jdk "$1" || return 1
  JAVA_HOME=$1
}

# A JDK is a folder with java and javac of the wanted release or a newer one.
is_jdk() {
  [ -n "$1" ] && [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
  local release
  release=$(jdk_release "$1")
  [[ $release =~ ^[0-9]+$ ]] && [ "$release" -ge "$jdk_wanted" ]
}

# The feature release (25) of the JDK in a folder. Its "release" file answers without starting a JVM.
jdk_release() {
  local version=
  if [ -r "$1/release" ]; then
    version=$(sed -n 's/^JAVA_VERSION="\(.*\)"$/\1/p' "$1/release")
  fi
  [ -n "$version" ] || version=$("$1/bin/javac" -version 2>&1 | sed -n 's/^javac //p')
  printf '%s\n' "${version%%[!0-9]*}"
}

get_jdk() {
  install_jdk_package && find_jdk && return
  download_jdk
  find_jdk || die "the JDK unpacked under $jdk_cache does not run here"
}

is_root_with_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null && command -v apt-cache >/dev/null; }

# apt ARGUMENTS...: apt-get without questions, silent unless it fails.
apt() {
  local output
  output=$(DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" 2>&1) && return
  say "$output"
  return 1
}

# A fresh machine or container has no package lists yet.
apt_refresh_once() { compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || apt update; }

# apt_install PACKAGE...
apt_install() { apt_refresh_once && apt install -y --no-install-recommends "$@"; }

install_jdk_package() {
  is_root_with_apt || return 1
  local package=openjdk-$jdk_wanted-jdk-headless candidate
  apt_refresh_once || return 1
  candidate=$(LC_ALL=C apt-cache policy "$package" | sed -n 's/^ *Candidate: //p')
  case $candidate in '' | '(none)') return 1 ;; esac
  say "No JDK $jdk_wanted found: installing the package $package ..."
  apt_install "$package"
}

download_jdk() {
  local architecture
  case $(uname -m) in
    x86_64) architecture=x64 ;;
    aarch64) architecture=aarch64 ;;
    *) no_jdk "there is no ready-made one for $(uname -m)" ;;
  esac
  require_downloader
  mkdir -p "$jdk_cache" || no_jdk "the cache folder $jdk_cache cannot be made"
  # Concurrent starts: one downloads, the others wait here and then find the result.
  (
    flock 9
    find_jdk || fetch_jdk "$architecture"
  ) 9>"$jdk_cache/jdk.lock"
}

require_downloader() {
  if command -v curl >/dev/null || command -v wget >/dev/null; then return; fi
  is_root_with_apt || no_jdk "neither curl nor wget is here to download one"
  say "Installing curl and ca-certificates to download a JDK ..."
  apt_install curl ca-certificates || no_jdk "curl could not be installed to download one"
}

# download URL FILE
download() {
  if command -v curl >/dev/null; then
    curl -fsSL --connect-timeout 20 --retry 2 -o "$2" "$1" >&2
  else
    wget -q --timeout=60 --tries=3 -O "$2" "$1" >&2
  fi
}

# fetch_jdk ARCHITECTURE: downloads, verifies and unpacks beside the final place, then renames into it, so that
# half of a JDK is never found. Runs under the lock of the cache, in a subshell.
fetch_jdk() {
  local query package link checksum name
  query="$jdk_api/v3/assets/latest/$jdk_wanted/hotspot?architecture=$1&image_type=jdk&os=linux&vendor=eclipse"
  rm -rf "$jdk_cache"/.unfinished.*
  unfinished=$(mktemp -d "$jdk_cache/.unfinished.XXXXXX")
  trap 'rm -rf "$unfinished"' EXIT
  trap 'exit 130' INT TERM

  say "No JDK $jdk_wanted found: getting Eclipse Temurin (about 140 MB) into $jdk_cache ..."
  download "$query" "$unfinished/answer.json" || no_jdk "$jdk_api could not be reached"
  package=$(tr -d '\n\r' <"$unfinished/answer.json" | grep -o '"package"[[:space:]]*:[[:space:]]*{[^}]*}' | head -n 1)
  link=$(json_text link "$package")
  checksum=$(json_text checksum "$package")
  name=$(json_text name "$package")
  if ! [[ $link =~ ^https?:// && $checksum =~ ^[0-9a-f]{64}$ && $name == *.tar.gz ]]; then
    no_jdk "$jdk_api gave an answer without link, checksum and name of an archive"
  fi

  download "$link" "$unfinished/jdk.tar.gz" || no_jdk "the download of $link failed or broke off"
  if ! printf '%s  %s\n' "$checksum" "$unfinished/jdk.tar.gz" | sha256sum --check --status; then
    no_jdk "the download of $link is refused: its SHA-256 checksum is $(sha256sum "$unfinished/jdk.tar.gz" | cut -c 1-64), expected $checksum"
  fi
  mkdir "$unfinished/jdk"
  tar -xzf "$unfinished/jdk.tar.gz" -C "$unfinished/jdk" --strip-components=1 --no-same-owner ||
    no_jdk "the archive $link could not be unpacked (disk full?)"
  is_jdk "$unfinished/jdk" || no_jdk "the archive $link holds no JDK $jdk_wanted that runs here"
  mv -T "$unfinished/jdk" "$jdk_cache/jdk-$jdk_wanted-${checksum:0:12}"
}

# json_text KEY TEXT: the value of a text field of a flat JSON object.
json_text() { sed -n 's/.*"'"$1"'"[[:space:]]*:[[:space:]]*"\([^"]*\)".*/\1/p' <<<"$2"; }

# no_jdk REASON: ends the launcher with what to do.
no_jdk() {
  cat >&2 <<EOF
sandkeep: a JDK $jdk_wanted or newer (with javac) is needed, none was found, and $1.

Looked at JAVA_HOME=${JAVA_HOME:-}, in ${SANDKEEP_JVM_DIRS:-/usr/lib/jvm}, for javac on PATH, and in $jdk_cache.
Do one of these, then run the same command again:
  - where the distribution has it, as root:  apt-get install openjdk-$jdk_wanted-jdk-headless
  - fetch one from https://adoptium.net/temurin/releases/?version=$jdk_wanted (JDK, Linux, .tar.gz), unpack it, and
      export JAVA_HOME=/path/to/the/unpacked/jdk
  - where a mirror of the Adoptium API is at hand:  export SANDKEEP_JDK_API=https://the.mirror
EOF
  exit 1
}
