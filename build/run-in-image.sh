#!/usr/bin/env bash
# Runs a program in an image's root file system, read-only but for /tmp, as user 65532, with the image's environment (FOLDER.env) and
# the variables given; writes its exit code to EXIT_FILE. Needs root.
#
#   run-in-image.sh FOLDER EXIT_FILE [VARIABLE=value]... -- PROGRAM [ARGUMENT]...
set -euo pipefail
if [ -z "${EVENT_BUS_IN_MOUNT_NAMESPACE:-}" ]; then
  EVENT_BUS_IN_MOUNT_NAMESPACE=1 exec unshare --mount --propagation private "${BASH_SOURCE[0]}" "$@"
fi
folder=$1 exit_file=$2
shift 2
mapfile -t variables <"$folder.env"
while [ "$1" != -- ]; do variables+=("$1"); shift; done
shift
mount --bind "$folder" "$folder"
mount -t proc proc "$folder/proc"
mount --rbind /dev "$folder/dev"
mount -t tmpfs tmpfs "$folder/tmp"
mount -o remount,bind,ro "$folder"
# chroot itself runs outside, where LD_PRELOAD's path does not exist: its complaint about that is not the program's.
child=
trap '[ -z "$child" ] || kill -TERM "$child"' TERM INT
env -i "${variables[@]}" chroot --userspec=65532:65532 "$folder" "$@" 2> >(grep -v 'cannot be preloaded' >&2) &
child=$!
code=0
wait "$child" || code=$?
# A signal interrupts the first wait.
while kill -0 "$child" 2>/dev/null; do code=0; wait "$child" || code=$?; done
[ "$exit_file" = /dev/null ] || echo $code >"$exit_file"
exit $code
