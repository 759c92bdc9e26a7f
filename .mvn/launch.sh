# SPDX-License-Identifier: Apache-2.0
# Sourced by diptych in a checkout and by bin/diptych of a release, when JAVA_HOME and home are known: how the Java machine is started.

# The server computes nothing and holds little: the simplest collector, with a small young generation, starts sooner and takes
# less memory at rest. A worker, which holds pictures and networks, keeps the collector that Java chooses for the machine.
serve_options='-XX:+UseSerialGC -XX:NewSize=24m -Xms64m'

# An operation of a network takes memory and gives it back. By default glibc asks the system for each large piece anew, which fills it with
# zeros: half the time of a picture of 1024 pixels. Kept in one heap, it is used again; a device that rests returns it.
: "${MALLOC_ARENA_MAX=1}" "${MALLOC_MMAP_MAX_=0}" "${MALLOC_TRIM_THRESHOLD_=2147483647}"
export MALLOC_ARENA_MAX MALLOC_MMAP_MAX_ MALLOC_TRIM_THRESHOLD_

# $1 is exec or empty, $2 the class path, $3 an option for the Java machine or empty; what follows are Diptych's arguments. Half of the
# processor time of a start is compilation: what is compiled only when it ran twice as often as usual leaves a tenth of the whole, and
# what runs for long loses nothing.
launch() {
  how=$1
  class_path=$2
  option=$3
  shift 3
  case ${1-} in
  serve) options=$serve_options ;;
  *) options= ;;
  esac
  # shellcheck disable=SC2086
  $how "$JAVA_HOME/bin/java" ${option:+"$option"} '-Xlog:cds*=off' '-Xlog:aot*=off' \
    --enable-native-access=ALL-UNNAMED -XX:+UseCompactObjectHeaders -XX:CompileThresholdScaling=2 \
    -XX:+ExitOnOutOfMemoryError -Ddiptych.home="$home" -Ddiptych.serve.options="$serve_options" $options ${DIPTYCH_JAVA_OPTIONS-} \
    -cp "$class_path" dev.diptych.server.Main "$@"
}
