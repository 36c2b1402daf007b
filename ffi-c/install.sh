#!/bin/sh
# Installs the C library: ffi-c/install.sh PREFIX [--from DIRECTORY]
#
#   PREFIX/include/tdsec.h
#   PREFIX/lib/libtdsec.so -> libtdsec.so.0 -> libtdsec.so.VERSION, libtdsec.a
#   PREFIX/lib/pkgconfig/tdsec.pc, PREFIX/lib/cmake/tdsec
#   PREFIX/share/doc/tdsec: licences, table of options
#
# Without --from it builds a release. All paths in the files are relative: the prefix may be moved. DESTDIR is heeded.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$here/..
[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
prefix=${DESTDIR:-}$1
from=
if [ "${2:-}" = --from ]; then
    from=$3
fi
if [ -z "$from" ]; then
    (cd "$root" && cargo build --locked --release -p tdsec-c)
    from=${CARGO_TARGET_DIR:-$root/target}/release
fi
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$root/Cargo.toml" | head -n 1)
abi=$(sed -n 's/^#define TDSEC_ABI_VERSION //p' "$root/include/tdsec.h")

install -d "$prefix/include" "$prefix/lib/pkgconfig" "$prefix/lib/cmake/tdsec" "$prefix/share/doc/tdsec"
install -m 644 "$root/include/tdsec.h" "$prefix/include/"
install -m 755 "$from/libtdsec.so" "$prefix/lib/libtdsec.so.$version"
ln -sf "libtdsec.so.$version" "$prefix/lib/libtdsec.so.$abi"
ln -sf "libtdsec.so.$abi" "$prefix/lib/libtdsec.so"
install -m 644 "$from/libtdsec.a" "$prefix/lib/"
install -m 644 "$root/LICENSE-MIT" "$root/LICENSE-APACHE" "$root/docs/options.md" "$prefix/share/doc/tdsec/"

cat > "$prefix/lib/pkgconfig/tdsec.pc" <<PC
prefix=\${pcfiledir}/../..
includedir=\${prefix}/include
libdir=\${prefix}/lib

Name: tdsec
Description: Secure, fast connectivity to TDengine
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -ltdsec
Libs.private: -lpthread -ldl -lm
PC

cat > "$prefix/lib/cmake/tdsec/tdsecConfig.cmake" <<'CMAKE'
get_filename_component(_tdsec_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(NOT TARGET tdsec::tdsec)
  add_library(tdsec::tdsec SHARED IMPORTED)
  set_target_properties(tdsec::tdsec PROPERTIES
    IMPORTED_LOCATION "${_tdsec_prefix}/lib/libtdsec.so"
    INTERFACE_INCLUDE_DIRECTORIES "${_tdsec_prefix}/include")
endif()
if(NOT TARGET tdsec::static)
  add_library(tdsec::static STATIC IMPORTED)
  set_target_properties(tdsec::static PROPERTIES
    IMPORTED_LOCATION "${_tdsec_prefix}/lib/libtdsec.a"
    INTERFACE_INCLUDE_DIRECTORIES "${_tdsec_prefix}/include"
    INTERFACE_LINK_LIBRARIES "pthread;dl;m")
endif()
unset(_tdsec_prefix)
CMAKE
# Releases of one minor version are compatible before 1.0.
cat > "$prefix/lib/cmake/tdsec/tdsecConfigVersion.cmake" <<CMAKE
set(PACKAGE_VERSION "$version")
set(PACKAGE_VERSION_COMPATIBLE FALSE)
string(REGEX MATCH "^[0-9]+[.][0-9]+" _tdsec_minor "$version")
if("\${PACKAGE_FIND_VERSION_MAJOR}.\${PACKAGE_FIND_VERSION_MINOR}" VERSION_EQUAL _tdsec_minor AND
   NOT PACKAGE_FIND_VERSION VERSION_GREATER PACKAGE_VERSION)
  set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
  set(PACKAGE_VERSION_EXACT TRUE)
endif()
CMAKE
