#!/bin/bash
# Runs as root on each new node, before it joins the EKS cluster. Every step may be run again.
set -euo pipefail

FOLDER="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
CONTAINERD="${CONTAINERD:-/etc/eks/containerd/containerd-config.toml}"
VOLUME="${VOLUME:-/opt/sagemaker}"

log() { echo "[platform] $*"; }

# Images and containers fill the root volume otherwise.
if mountpoint -q "$VOLUME" && [ -f "$CONTAINERD" ]; then
  sed -i "s|^root *=.*|root = \"$VOLUME/containerd/data-root\"|" "$CONTAINERD"
  log "containers are on $VOLUME"
fi

if [ -f "$FOLDER/team.sh" ]; then
  log "running team.sh"
  bash "$FOLDER/team.sh"
fi
log "done"
