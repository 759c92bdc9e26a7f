# SPDX-License-Identifier: Apache-2.0
# Sourced by mvnw, diptych and .ci/run: points JAVA_HOME at a JDK 25 when this machine has one.
# 25 itself is preferred, because the formatter and Error Prone read its compiler; a later one is taken otherwise.
# It starts no process unless the usual places hold nothing, and it leaves JAVA_HOME alone when it finds none.
# Who does without a compiler sets jdk_tool=java first; then a runtime will do.

# 0 when $1 holds a JDK (with a compiler) whose feature version is between $2 and $3.
is_jdk() {
  [ -x "$1/bin/${jdk_tool-javac}" ] && [ -r "$1/release" ] || return 1
  while IFS== read -r jdk_key jdk_value; do
    [ "$jdk_key" = JAVA_VERSION ] || continue
    jdk_value=${jdk_value#\"}
    jdk_value=${jdk_value%%[!0-9]*}
    [ "${jdk_value:-0}" -ge "$2" ] && [ "$jdk_value" -le "$3" ] && return 0
    return 1
  done <"$1/release"
  return 1
}

# Sets JAVA_HOME to the first JDK between versions $1 and $2; 1 when there is none.
find_jdk() {
  for jdk_home in "${JAVA_HOME-}" "${JDK_25-}" "${JAVA_HOME_25_X64-}" "${JAVA_HOME_25_arm64-}" \
    /usr/lib/jvm/* /usr/lib64/jvm/* /usr/local/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* "${HOME-}"/.jdks/* \
    "${HOME-}"/.sdkman/candidates/java/* "${HOME-}"/.local/share/mise/installs/java/* "${HOME-}"/.asdf/installs/java/* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home "${HOME-}"/Library/Java/JavaVirtualMachines/*/Contents/Home \
    /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home; do
    if [ -n "$jdk_home" ] && is_jdk "$jdk_home" "$1" "$2"; then
      JAVA_HOME=$jdk_home
      export JAVA_HOME
      return 0
    fi
  done
  jdk_home=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p') || return 1
  [ -n "$jdk_home" ] && is_jdk "$jdk_home" "$1" "$2" || return 1
  JAVA_HOME=$jdk_home
  export JAVA_HOME
}

use_jdk_25() {
  find_jdk 25 25 || find_jdk 26 99
}

# As use_jdk_25; without one the program $1 says how to get one, and 1 is returned.
need_jdk_25() {
  java_home_before=${JAVA_HOME-}
  use_jdk_25 && return 0
  cat >&2 <<END
$1: no JDK 25 on this machine (JAVA_HOME is "$java_home_before"). A JDK is needed, not only a runtime. To get one:
  any system      https://adoptium.net/temurin/releases/?version=25
  with SDKMAN     sdk install java 25-tem
  Debian, Ubuntu  apt install openjdk-25-jdk, or temurin-25-jdk from https://adoptium.net/installation/linux
  macOS           brew install --cask temurin@25
It is found in the usual places; anywhere else, set JAVA_HOME to its folder.
END
  return 1
}
