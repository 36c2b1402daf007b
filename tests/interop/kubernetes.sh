#!/usr/bin/env bash
# Builds the API server of Kubernetes and etcd from their Go modules, once, and runs the token source against them, over loopback only.
set -euo pipefail
cd "$(dirname "$0")/../.."
source=$PWD/tests/interop/kubernetes
version=$(sed -n 's#^\tk8s.io/kubernetes \(v[0-9.]*\)$#\1#p' "$source/go.mod")
programs=${TDSEC_KUBERNETES:-$(dirname "$(command -v kube-apiserver || echo ./none)")}
if [ ! -x "$programs/kube-apiserver" ] || [ ! -x "$programs/etcd" ]; then
    programs=$PWD/target/kubernetes-$version
fi
if [ ! -x "$programs/etcd" ]; then
    command -v go >/dev/null || PATH=$PATH:/usr/local/go/bin
    if ! command -v go >/dev/null; then
        echo "Kubernetes is left out: there is neither kube-apiserver with etcd nor Go to build them"
        exit 0
    fi
    echo "building the API server of Kubernetes $version with etcd (the first time takes about a quarter of an hour)"
    mkdir -p "$programs"
    (cd "$source" && CGO_ENABLED=0 nice -n 19 go build -trimpath -o "$programs/kube-apiserver" \
        -ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" .)
    ln -f "$programs/kube-apiserver" "$programs/etcd"
fi
TDSEC_KUBERNETES=$programs exec "${CARGO:-cargo}" test --quiet --workspace --locked --test sources kubernetes_itself
