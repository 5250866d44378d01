#!/bin/bash
# Removes an empty topology from Slurm's configuration. HyperPod manages the topology, and may name
# one that has no switches and no blocks: slurmctld then crashes in a loop, or refuses jobs
# (github.com/aws-samples/sample-physical-ai-scaffolding-kit pull requests 14 and 23, read
# 2026-11-27). A topology with content stays. Runs on the controller: from controller.sh, and from
# systemd whenever HyperPod writes slurm.conf anew.
set -euo pipefail

SLURM_ETC="${SLURM_ETC:-/opt/slurm/etc}"
CONF="$SLURM_ETC/slurm.conf"

log() { echo "[platform] $*"; }

has_topology() {
  if grep -qsE '^[[:space:]]*(SwitchName|BlockName)=' "$SLURM_ETC/topology.conf"; then
    return 0
  fi
  # Anything but comments, the marker of a document and an empty list.
  [ -n "$(sed -e 's/#.*//' -e 's/^---//' "$SLURM_ETC/topology.yaml" 2>/dev/null |
    tr -d '[:space:][]')" ]
}

names_topology() {
  grep -qE '^PartitionName=.*[[:space:]]Topology=' "$CONF" ||
    grep -qE '^TopologyPlugin=topology/(tree|block|3d_torus)' "$CONF" ||
    [ -e "$SLURM_ETC/topology.yaml" ]
}

if [ ! -f "$CONF" ] || has_topology || ! names_topology; then
  exit 0
fi
rm -f "$SLURM_ETC/topology.yaml" "$SLURM_ETC/topology.conf"
sed -i -E --follow-symlinks \
  -e '/^PartitionName=/s/[[:space:]]+Topology=[^[:space:]]+//g' \
  -e 's,^TopologyPlugin=topology/(tree|block|3d_torus).*,# &,' "$CONF"
log "removed an empty topology from $CONF"
# It may have crashed too often for systemd to start it again.
systemctl reset-failed slurmctld || true
systemctl restart slurmctld
