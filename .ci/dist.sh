#!/usr/bin/env bash
# Makes what is shipped: a wheel, an npm package, the C library, the source, and SHA256SUMS.
#   .ci/dist.sh [--debug]   into dist/; with --debug of what target/debug holds, into target/dist-debug/: a quick test
# The same commit, toolchain and system give the same bytes.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
machine=$(uname -m)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
umask 022

if [ "${1:-}" = --debug ]; then
    out=$root/target/dist-debug built=$root/target/debug
else
    out=$root/dist built=$root/target/dist/release
    . .ci/build-release.sh
fi
work=$out/.work
rm -rf "$out"
mkdir -p "$work"

# pack ARCHIVE FOLDER: the folder of $work as a tar.gz with the same bytes every time
pack() {
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --format=gnu \
        -C "$work" -cf - "$2" | gzip -9n > "$out/$1"
}

echo "notices"
.ci/notices.py > "$work/THIRD-PARTY-NOTICES.txt"
licences=(LICENSE-MIT LICENSE-APACHE "$work/THIRD-PARTY-NOTICES.txt")

echo "Python wheel"
.ci/wheel.py "$built/lib_tdsec.so" "$out" "$work/THIRD-PARTY-NOTICES.txt"

echo "npm package"
mkdir -p "$work/npm"
(cd bindings-node && cp -R --parents index.cjs index.mjs index.d.ts index.d.mts generated.d.ts lib README.md "$work/npm/")
cp "${licences[@]}" "$work/npm/"
install -m 755 "$built/libtdsec_node.so" "$work/npm/tdsec.node"
# The addon is of this system, and the package says so.
node -e '
  const [source, target] = process.argv.slice(1);
  const { scripts, devDependencies, ...kept } = JSON.parse(fs.readFileSync(source));
  const libc = process.report.getReport().header.glibcVersionRuntime ? "glibc" : "musl";
  kept.files = [...kept.files, "LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.txt"];
  fs.writeFileSync(target, JSON.stringify({ ...kept, os: [process.platform], cpu: [process.arch], libc: [libc] }, null, 2) + "\n");
' bindings-node/package.json "$work/npm/package.json"
(cd "$work/npm" && npm pack --silent --pack-destination "$out" >/dev/null)

echo "C library"
name=tdsec-c-$version-linux-$machine
ffi-c/install.sh "$work/$name" --from "$built"
cp "$work/THIRD-PARTY-NOTICES.txt" "$work/$name/share/doc/tdsec/"
strip --strip-debug "$work/$name/lib/libtdsec.a" "$work/$name/lib/libtdsec.so.$version"
pack "$name.tar.gz" "$name"

echo "source"
git archive --format=tar --prefix="tdsec-$version/" HEAD | gzip -9n > "$out/tdsec-$version-source.tar.gz"

rm -rf "$work"
(cd "$out" && sha256sum -- * > SHA256SUMS && cat SHA256SUMS)
