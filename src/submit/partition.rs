//! A partition of Slurm as `scontrol` and `sinfo` describe it: its nodes, also those that are down, and its limits.

use super::slurm::field;
use crate::config::TimeLimit;

/// A node, as it is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// CPUs, which are hardware threads where cores have several.
    pub cpus: u64,
    /// MiB of memory.
    pub mib: u64,
}

/// What a job can have of a partition at most. An absent limit is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its name.
    pub name: String,
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Nodes of a job.
    pub max_nodes: Option<u64>,
    /// CPUs of a job on each node.
    pub max_cpus_per_node: Option<u64>,
    /// MiB of a job on each node.
    pub max_mib_per_node: Option<u64>,
    /// MiB for each CPU; a rank that asks for more gets more CPUs.
    pub max_mib_per_cpu: Option<u64>,
    /// Time limit of a job in s.
    pub max_time_s: Option<u64>,
    /// Whether its own quality of service may lift its limits.
    pub has_qos: bool,
}

impl Partition {
    /// Reads a line of `scontrol show partition -o`, and `sinfo`'s line for every node: name, CPUs and MiB between bars.
    ///
    /// # Errors
    /// What is not understood.
    pub fn parse(line: &str, nodes: &str) -> Result<Partition, String> {
        let strange = |key: &str| format!("{key} is not understood in: {line}");
        let limit = |key: &str| match field(line, key) {
            None | Some("UNLIMITED" | "INFINITE" | "NONE" | "N/A") => Ok(None),
            Some(number) => number.parse().map(Some).map_err(|_| strange(key)),
        };
        let max_time_s = match field(line, "MaxTime") {
            None | Some("UNLIMITED" | "INFINITE" | "NONE" | "N/A") => None,
            Some(text) => {
                let limit = TimeLimit::parse(text).ok_or_else(|| strange("MaxTime"))?;
                Some(limit.seconds)
            }
        };
        let nodes: Vec<Node> = nodes.lines().map(node).collect::<Result<_, _>>()?;
        // sinfo hides nodes from some users
        let n_nodes = limit("TotalNodes")?.ok_or_else(|| strange("TotalNodes"))?;
        if n_nodes != nodes.len() as u64 || nodes.is_empty() {
            return Err(format!("sinfo shows {} of {n_nodes} nodes", nodes.len()));
        }
        Ok(Partition {
            name: field(line, "PartitionName")
                .ok_or_else(|| strange("PartitionName"))?
                .to_owned(),
            nodes,
            max_nodes: limit("MaxNodes")?,
            max_cpus_per_node: limit("MaxCPUsPerNode")?,
            max_mib_per_node: limit("MaxMemPerNode")?,
            max_mib_per_cpu: limit("MaxMemPerCPU")?.filter(|&mib| mib > 0),
            max_time_s,
            has_qos: field(line, "QoS").is_some_and(|qos| qos != "N/A"),
        })
    }

    /// The same for a cluster where jobs are not given memory but take it.
    pub fn without_memory(mut self) -> Partition {
        self.nodes.iter_mut().for_each(|node| node.mib = u64::MAX);
        self
    }
}

fn node(line: &str) -> Result<Node, String> {
    let mut words = line.split('|').skip(1).map(|word| word.trim().parse().ok());
    match (words.next().flatten(), words.next().flatten()) {
        (Some(cpus), Some(mib)) => Ok(Node { cpus, mib }),
        _ => Err(format!("sinfo: expected NAME|CPUS|MEMORY, found {line}")),
    }
}

/// The line of a partition, of the default one without a name.
pub fn line_of<'a>(all: &'a str, name: Option<&str>) -> Option<&'a str> {
    all.lines().find(|line| match name {
        Some(name) => field(line, "PartitionName") == Some(name),
        None => field(line, "Default") == Some("YES"),
    })
}

/// A value of `scontrol show config`.
pub fn setting<'a>(config: &'a str, key: &str) -> Option<&'a str> {
    config.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim())
    })
}

/// Whether a job that others take the nodes from is cancelled, and not put back into the queue.
///
/// Source: slurm.conf(5), PreemptMode; of qualities of service the cluster's counts and not the partition's.
pub fn cancels_preempted(line: &str, config: &str) -> bool {
    let has_cancel = |mode: Option<&str>| mode.is_some_and(|m| m.split(',').any(|m| m == "CANCEL"));
    let of_partition = field(line, "PreemptMode");
    let is_by_qos = setting(config, "PreemptType") == Some("preempt/qos");
    let of_cluster = setting(config, "PreemptMode").filter(|_| of_partition.is_none() || is_by_qos);
    has_cancel(of_partition) || has_cancel(of_cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Slurm 22.05 writes it.
    const LINE: &str = "PartitionName=short AllowGroups=ALL Default=NO QoS=N/A DefaultTime=NONE MaxNodes=UNLIMITED \
        MaxTime=1-00:05:00 MinNodes=1 MaxCPUsPerNode=3 Nodes=n[1-2] OverTimeLimit=NONE PreemptMode=CANCEL State=UP \
        TotalCPUs=12 TotalNodes=2 SelectTypeParameters=NONE DefMemPerNode=UNLIMITED MaxMemPerNode=1000";

    #[test]
    fn nodes_and_limits_are_those_of_slurms_answers() {
        let partition = Partition::parse(LINE, "n1|4|8000\nn2|8|16000\n").unwrap();
        let cpus: Vec<u64> = partition.nodes.iter().map(|node| node.cpus).collect();
        assert_eq!(cpus, [4, 8]);
        assert_eq!(partition.nodes[1].mib, 16_000);
        assert_eq!(partition.max_nodes, None);
        assert_eq!(partition.max_cpus_per_node, Some(3));
        assert_eq!(partition.max_mib_per_node, Some(1000));
        assert_eq!(partition.max_time_s, Some(86_700));
        assert!(!partition.has_qos);
    }

    #[test]
    fn strange_answers_are_said_to_be() {
        for (line, nodes) in [
            (LINE, "n1|4|8000"),
            (LINE, "n1|4|8000\nn2|many|8000"),
            (LINE, "garbage\nmore"),
            ("nonsense", "n1|4|8000"),
            ("PartitionName=x MaxTime=soon TotalNodes=1", "n1|4|8000"),
            ("PartitionName=x MaxNodes=few TotalNodes=1", "n1|4|8000"),
            ("PartitionName=x TotalNodes=0", ""),
        ] {
            assert!(Partition::parse(line, nodes).is_err(), "{line}: {nodes}");
        }
    }

    #[test]
    fn the_mode_that_counts_for_a_preempted_job_is_found() {
        let config = |mode: &str, by: &str| format!("PreemptMode = {mode}\nPreemptType   = {by}\n");
        let off = config("OFF", "preempt/none");
        let cancel = config("CANCEL", "preempt/qos");
        assert!(cancels_preempted(LINE, &off));
        assert!(cancels_preempted("PreemptMode=GANG,CANCEL", &off));
        assert!(!cancels_preempted("PreemptMode=REQUEUE", &off));
        assert!(cancels_preempted("PreemptMode=OFF", &cancel));
        let by_priority = config("CANCEL", "preempt/partition_prio");
        assert!(!cancels_preempted("PreemptMode=REQUEUE", &by_priority));
        assert!(cancels_preempted("PartitionName=x", &by_priority));
        assert!(!cancels_preempted("PartitionName=x", ""));
    }
}
