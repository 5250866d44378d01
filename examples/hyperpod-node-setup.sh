#!/bin/bash
# A team's own part of setting up a node; runs as root, on each new node, after everything else.
set -euo pipefail

if [ "$NODE_TYPE" = compute ]; then
  # Jobs may lock all of the memory, which transfers between GPUs and the network need.
  printf '* soft memlock unlimited\n* hard memlock unlimited\n' >/etc/security/limits.d/jobs.conf
fi
