#!/bin/bash
# Runs as root on each new node, before it joins the EKS cluster. Every step may be run again.
set -euo pipefail

FOLDER="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# Where the operating system has its files; another folder in tests.
ROOT="${ROOT:-}"
VOLUME="${VOLUME:-/opt/sagemaker}"
DATA="$VOLUME/containerd/data-root"

log() { echo "[platform] $*"; }

# HyperPod uploads the log every minute or so: a script that exits at once leaves none.
report() {
  local code=$?
  if [ "$code" -ne 0 ]; then
    log "failed with $code"
    sleep "${FAILURE_SECONDS:-60}"
  fi
}
trap report EXIT

# The volume may be mounted late, and be writable even later.
has_volume() {
  local tries=0
  until mountpoint -q "$VOLUME" && touch "$VOLUME/.writable" 2>/dev/null; do
    tries=$((tries + 1))
    if [ "$tries" -gt "${MOUNT_TRIES:-12}" ]; then
      return 1
    fi
    sleep "${MOUNT_SECONDS:-5}"
  done
  rm -f "$VOLUME/.writable"
}

# Changes the root of containerd in a file, which has it commented out or not at all.
set_root() {
  if grep -qE '^[# ]*root *=' "$1"; then
    sed -i -E "s|^[# ]*root *=.*|root = \"$DATA\"|" "$1"
  else
    sed -i "1i root = \"$DATA\"" "$1"
  fi
}

move_containers() {
  local version own base
  # shellcheck source=/dev/null
  version="$(. "$ROOT/etc/os-release" && echo "$VERSION_ID")"
  own="$ROOT/etc/eks/containerd/containerd-config.toml"
  if [ "$version" = 2 ]; then
    [ -f "$own" ] || { log "$own is missing"; return 1; }
    set_root "$own"
  else
    # Amazon Linux 2023 writes its own file when the node joins. So containerd is given a copy of
    # the file that is there by then, with another root (awslabs/awsome-distributed-ai pull
    # requests 783 and 825 do the same with a fixed file).
    base="$VOLUME/containerd"
    mkdir -p "$base" "$ROOT/etc/systemd/system/containerd.service.d"
    cat >"$base/configure.sh" <<SCRIPT
#!/bin/bash
set -euo pipefail
cp /etc/containerd/config.toml "$base/config.toml"
if grep -qE '^[# ]*root *=' "$base/config.toml"; then
  sed -i -E 's|^[# ]*root *=.*|root = "$DATA"|' "$base/config.toml"
else
  sed -i '1i root = "$DATA"' "$base/config.toml"
fi
SCRIPT
    chmod 755 "$base/configure.sh"
    cat >"$ROOT/etc/systemd/system/containerd.service.d/platform.conf" <<UNIT
[Service]
ExecStartPre=$base/configure.sh
ExecStart=
ExecStart=/usr/bin/containerd --config $base/config.toml
UNIT
    # Images that the AMI brings, such as pause, which no registry has.
    if [ ! -e "$base/copied" ] && [ -d "$ROOT/var/lib/containerd" ]; then
      rm -rf "$DATA"
      cp -a "$ROOT/var/lib/containerd" "$DATA"
      touch "$base/copied"
    fi
    systemctl daemon-reload
  fi
  log "containers are on $VOLUME"
}

# Images and containers fill the root volume otherwise. Groups without a second volume wait for
# nothing, for one minute.
if has_volume; then
  move_containers
else
  log "$VOLUME is not mounted: containers stay on the root volume"
fi

if [ -f "$FOLDER/lustre_efa.sh" ]; then
  bash "$FOLDER/lustre_efa.sh"
fi
if [ -f "$FOLDER/team.sh" ]; then
  log "running team.sh"
  NODE_TYPE=compute bash "$FOLDER/team.sh"
fi
log "done"
