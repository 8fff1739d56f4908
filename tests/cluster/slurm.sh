#!/usr/bin/env bash
# Usage: tests/cluster/slurm.sh up FOLDER | down FOLDER
# A throwaway Slurm of three nodes, n1 to n3, on this machine: munged, slurmctld and three slurmd, everything in FOLDER, nothing
# in /etc. Every node has its own network namespace (address, hostname, /dev/shm), so that ranks on two of them talk over TCP
# and a node can be cut off: `ip link set slepian-vX down`. Needs root. Afterwards: source FOLDER/environment
set -euo pipefail

N_NODES=3
PORT=17800
BRIDGE=slepian-br0
ADDRESS=10.79.0
command=${1:?up or down}
base=$(realpath -m "${2:?a folder}")

if [ "$(id -u)" != 0 ]; then
    echo "tests/cluster/slurm.sh: needs root, for network namespaces" >&2
    exit 1
fi

down() {
    [ -d "$base" ] || return 0
    if [ -e "$base/etc/slurm.conf" ]; then
        SLURM_CONF=$base/etc/slurm.conf timeout 10 scancel --quiet --user root 2>/dev/null || true
        sleep 1
    fi
    local file pid
    for file in "$base"/run/*.pid; do
        [ -e "$file" ] || continue
        pid=$(cat "$file")
        # a number may have gone to another process meanwhile
        case $(cat "/proc/$pid/comm" 2>/dev/null) in slurm* | munged) kill "$pid" 2>/dev/null || true ;; esac
    done
    # steps live on when their node is taken from them; they know this configuration
    for pid in $(pgrep slurmstepd || true); do
        if tr '\0' '\n' <"/proc/$pid/environ" 2>/dev/null | grep -qxF "SLURM_CONF=$base/etc/slurm.conf"; then
            kill -9 "$pid" 2>/dev/null || true
        fi
    done
    sleep 0.5
    local i
    for i in $(seq $N_NODES); do
        for pid in $(ip netns pids "slepian-n$i" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
        ip netns del "slepian-n$i" 2>/dev/null || true
        ip link del "slepian-v$i" 2>/dev/null || true
    done
    ip link del $BRIDGE 2>/dev/null || true
    rm -rf "$base/run" "$base/spool" "$base/state"
}

if [ "$command" = down ]; then
    down
    exit 0
fi

missing=()
for package in slurm-wlm munge iproute2; do
    dpkg-query -W -f '${Status}' $package 2>/dev/null | grep -q ' installed' || missing+=("$package")
done
if [ ${#missing[@]} != 0 ]; then
    echo "tests/cluster/slurm.sh: installing ${missing[*]}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update
    apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null
fi

down
head=$(hostname -s)
mkdir -p "$base"/{etc,log,state,run,spool,tmp}
chmod 755 "$base" "$base/run"
chmod 700 "$base/state"

ip link add $BRIDGE type bridge
ip addr add $ADDRESS.1/24 dev $BRIDGE
ip link set $BRIDGE up
{
    echo "127.0.0.1 localhost"
    echo "$ADDRESS.1 $head"
    for i in $(seq $N_NODES); do echo "$ADDRESS.$((10 + i)) n$i"; done
} >"$base/etc/hosts"
for i in $(seq $N_NODES); do
    mkdir -p "$base/spool/n$i" "$base/tmp/n$i"
    chmod 1777 "$base/tmp/n$i"
    ip netns add "slepian-n$i"
    ip link add "slepian-v$i" type veth peer name eth0 netns "slepian-n$i"
    ip link set "slepian-v$i" master $BRIDGE up
    ip -n "slepian-n$i" link set lo up
    ip -n "slepian-n$i" addr add "$ADDRESS.$((10 + i))/24" dev eth0
    ip -n "slepian-n$i" link set eth0 up
done

# cred_expire is also the pause before a requeued job may start again, 120 s by default; KillWait and SlurmdTimeout make
# lost ranks and nodes cheap to test; TmpFS keeps the nodes' PMIx folders apart
cat >"$base/etc/slurm.conf" <<EOF
ClusterName=slepian
SlurmctldHost=$head($ADDRESS.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$base/run/munge.sock,cred_expire=5
SlurmctldPort=$((PORT + 17))
SlurmctldPidFile=$base/run/slurmctld.pid
SlurmdPidFile=$base/run/slurmd.%n.pid
SlurmdSpoolDir=$base/spool/%n
StateSaveLocation=$base/state
SlurmctldLogFile=$base/log/slurmctld.log
SlurmdLogFile=$base/log/slurmd.%n.log
TmpFS=$base/tmp/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0,sched_min_interval=100000
SlurmdParameters=config_overrides
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
MinJobAge=3600
KillWait=5
SlurmdTimeout=15
ReturnToService=2
$(for i in $(seq $N_NODES); do
    echo "NodeName=n$i NodeHostname=n$i NodeAddr=$ADDRESS.$((10 + i)) Port=$((PORT + 100 + i)) CPUs=4 RealMemory=8000 State=UNKNOWN"
done)
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE DefMemPerCPU=500 State=UP
PartitionName=small Nodes=n1 MaxTime=5 MaxMemPerNode=1000 DefMemPerCPU=250 State=UP
EOF
echo 'CgroupPlugin=cgroup/v1' >"$base/etc/cgroup.conf"
cat >"$base/environment" <<EOF
export SLURM_CONF=$base/etc/slurm.conf OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
EOF
# shellcheck source=/dev/null
. "$base/environment"

head -c 1024 /dev/urandom >"$base/run/munge.key"
chmod 600 "$base/run/munge.key"
munged --socket="$base/run/munge.sock" --key-file="$base/run/munge.key" --pid-file="$base/run/munged.pid" \
    --log-file="$base/log/munged.log" --seed-file="$base/run/munge.seed"
slurmctld
# starts a node, and again one that was killed
cat >"$base/start-node" <<EOF
#!/usr/bin/env bash
. $base/environment
exec ip netns exec "slepian-\$1" unshare -u -m sh -c 'hostname "\$0" && mount -t tmpfs -o mode=1777 tmpfs /dev/shm &&
    mount --bind $base/etc/hosts /etc/hosts && exec slurmd -N "\$0"' "\$1"
EOF
chmod +x "$base/start-node"
for i in $(seq $N_NODES); do "$base/start-node" "n$i"; done
for _ in $(seq 100); do
    if [ "$(sinfo -h -p main -t idle -o %D 2>/dev/null)" = $N_NODES ]; then exit 0; fi
    sleep 0.2
done
echo "tests/cluster/slurm.sh: the nodes are not idle after 20 s; logs in $base/log" >&2
exit 1
