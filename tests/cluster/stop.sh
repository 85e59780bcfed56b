#!/bin/sh
# Ends the daemons that start.sh began, and the jobs that are left: stop.sh FOLDER
SLURM_CONF="$1/slurm.conf"
export SLURM_CONF
for daemon in slurmd slurmctld munged; do
    [ -f "$1/$daemon.pid" ] && kill "$(cat "$1/$daemon.pid")" 2>/dev/null
done
exit 0
