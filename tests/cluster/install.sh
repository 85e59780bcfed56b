#!/bin/sh
# SLURM for the tests of tests/cluster: the one on this machine, else from apt-get where that may be used.
if command -v slurmctld >/dev/null 2>&1 && command -v munged >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null && exit 0
fi
echo "no SLURM here and none can be installed: its tests will be skipped" >&2
