#!/bin/bash
# Lets Lustre's client use EFA, in the zone of the file system only, which EFA does not leave.
# Without it a file system with EFA is reached through TCP. Runs when a node is made and, by
# systemd, after a restart, which forgets the networks of LNet (FSx for Lustre User Guide:
# "Configuring EFA clients", and its script configure-efa-fsx-lustre-client, read 2026-11-27).
set -euo pipefail

FOLDER="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
OWN="${PLATFORM_FOLDER:-/opt/sagemaker-platform}"
UNITS="${UNITS:-/etc/systemd/system}"
DEVICES="${DEVICES:-/sys/class/infiniband}"
METADATA="http://169.254.169.254/latest"

log() { echo "[platform] $*"; }

metadata() {
  local token
  token="$(curl -sf --max-time 5 -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" \
    "$METADATA/api/token")"
  curl -sf --max-time 5 -H "X-aws-ec2-metadata-token: $token" "$METADATA/meta-data/$1"
}

# Prints the devices that Lustre uses: 8 of a P5 or P5e, 2 of others with several, else 1.
devices() {
  local device found=()
  for device in "$DEVICES"/*; do
    if [ "$(basename "$(readlink -f "$device/device/driver")")" = efa ]; then
      found+=("$(basename "$device")")
    fi
  done
  local index count="${#found[@]}"
  for index in "${!found[@]}"; do
    if [ "$count" -ge 32 ]; then
      [ $((index % 4)) -eq 0 ] && echo "${found[$index]}"
    elif [ "$index" -eq 0 ] || [ "$index" -eq $((count - 1)) ]; then
      echo "${found[$index]}"
    fi
  done
  return 0
}

# Without a pipe: grep would end before its input, which fails the pipe.
has_network() { [[ "$(lnetctl net show --net "$1" 2>/dev/null)" == *"@$1"* ]]; }

# At each start, before file systems are mounted and the node joins its cluster.
install_unit() {
  mkdir -p "$OWN"
  if [ "$FOLDER" != "$OWN" ]; then
    cp "$FOLDER/lustre_efa.sh" "$FOLDER/lustre_zone" "$OWN/"
  fi
  cat >"$UNITS/platform-lustre-efa.service" <<UNIT
[Unit]
Description=Lets Lustre use EFA
After=network-online.target
Wants=network-online.target
Before=remote-fs-pre.target kubelet.service
[Service]
Type=oneshot
ExecStart=/bin/bash $OWN/lustre_efa.sh
[Install]
WantedBy=multi-user.target
UNIT
  systemctl daemon-reload
  systemctl enable platform-lustre-efa.service
}

configure() {
  local zone key=availability-zone interface device used
  zone="$(cat "$FOLDER/lustre_zone")"
  case "$zone" in *-az*) key=availability-zone-id ;; esac
  used="$(devices)"
  if [ -z "$used" ]; then
    log "no EFA: Lustre uses TCP"
  elif [ "$(metadata "placement/$key")" != "$zone" ]; then
    log "the file system is in $zone, and the node is not: Lustre uses TCP"
  else
    interface="$(ip -o -4 route show default | awk 'NR == 1 { print $5 }')"
    if ! modprobe lnet || ! modprobe kefalnd ipif_name="$interface" || ! modprobe ksocklnd; then
      log "the image has no Lustre client with EFA: Lustre uses TCP"
      return 0
    fi
    lnetctl lnet configure
    has_network tcp || lnetctl net add --net tcp --if "$interface"
    if ! has_network efa; then
      for device in $used; do
        lnetctl net add --net efa --if "$device" --peer-credits 32
      done
      lnetctl set discovery 1
      lnetctl udsp add --src efa --priority 0
    fi
    install_unit
    log "Lustre uses EFA"
  fi
}

configure
