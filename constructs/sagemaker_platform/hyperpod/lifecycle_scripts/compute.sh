#!/bin/bash
# Compute node: users.
# shellcheck source=common.sh source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

set_up_node compute
run_team_script compute
