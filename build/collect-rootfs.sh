#!/usr/bin/env bash
# Collects the root file system of a scratch image: the published binary, and from this machine what it needs to run and no more.
# Used by the Dockerfile and by `./eventbus images --from-host`, so that both make the same image.
#
#   collect-rootfs.sh PUBLISHED_FOLDER BINARY_NAME OUT_FOLDER
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,5p' "${BASH_SOURCE[0]}" >&2; exit 2; }
published=$1 binary=$2 out=$3
die() { echo "collect-rootfs: $*" >&2; exit 1; }
[ -x "$published/$binary" ] || die "no $published/$binary"
[ ! -e "$out" ] || die "$out is there already"

libraries=/usr/lib/$(uname -m)-linux-gnu
mimalloc=$libraries/libmimalloc.so.2
certificates=/etc/ssl/certs/ca-certificates.crt
for file in "$mimalloc" "$libraries/libssl.so.3" "$libraries/libcrypto.so.3" "$certificates"; do
  [ -e "$file" ] || die "no $file (Debian and Ubuntu: libmimalloc2.0, libssl3, ca-certificates)"
done

install -d -m 755 "$out"/etc/ssl/certs "$out$libraries"
# The only folder that anything may write to; a volatile mount covers it where the image is run read-only.
install -d -m 1777 "$out/tmp"
# Mount points that container engines expect, or else make in a writable layer.
install -d -m 755 "$out/proc" "$out/sys" "$out/dev"

install -m 755 "$published/$binary" "$published/librdkafka.so" "$out/"
install -m 644 "$certificates" "$out$certificates"
# Without it glibc asks DNS for names that /etc/hosts has.
echo "hosts: files dns" >"$out/etc/nsswitch.conf"

# The libraries that are opened by name at run time (.NET's TLS: libssl, which brings libcrypto; the allocator), and what each one links.
# Looking up names needs no more: libc itself does it since glibc 2.34.
opened=("$libraries/libssl.so.3" "$libraries/libcrypto.so.3" "$mimalloc")
for file in "$published/$binary" "$published/librdkafka.so" "${opened[@]}"; do
  ldd "$file" | grep -q 'not found' && { ldd "$file" >&2; die "$file lacks a library"; }
  ldd "$file"
done | awk '$2 == "=>" { print $1, $3 } $1 ~ /^\// { print $1, $1 }' | sort -u | while read -r name path; do
  case $name in
    # The loader, at the path that is written into the binary.
    /*) install -D -m 755 "$path" "$out$name" ;;
    *) install -m 755 "$path" "$out$libraries/$name" ;;
  esac
done
for file in "${opened[@]}"; do install -m 755 "$file" "$out$libraries/$(basename "$file")"; done
# One place for LD_PRELOAD, whatever the architecture.
mv "$out$libraries/libmimalloc.so.2" "$out/libmimalloc.so.2"
if command -v strip >/dev/null; then strip --strip-unneeded "$out/librdkafka.so"; fi
