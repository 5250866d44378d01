#!/bin/bash
# Login node: users.
# shellcheck source=common.sh source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

set_up_node login
run_team_script login
