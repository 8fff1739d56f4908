//! What a job asks of a partition, and whether some set of its nodes can ever satisfy that. What is refused here would wait in
//! the queue for ever; what is not known counts as possible.

use super::partition::{Node, Partition};
use super::request::Request;
use crate::config::TimeLimit;
use crate::phrase::{count, size, time};

/// What a job asks of a partition.
#[derive(Clone, Debug)]
pub struct Shape {
    ranks: u64,
    cores_per_rank: u64,
    ranks_per_node: Option<u64>,
    nodes: Option<u64>,
    mib_per_core: Option<u64>,
    time: Option<TimeLimit>,
    /// A quality of service may lift the limits of a partition.
    has_qos: bool,
}

impl Shape {
    /// What the request asks for.
    pub fn of(request: &Request) -> Shape {
        let cluster = &request.cluster;
        Shape {
            ranks: cluster.n_jobs as u64,
            cores_per_rank: cluster.cores_per_job,
            ranks_per_node: cluster.processes,
            nodes: cluster.nodes,
            mib_per_core: request.mib_per_core(),
            time: cluster.time.clone(),
            has_qos: cluster.qos.is_some(),
        }
    }
}

/// Why no set of the partition's nodes can ever run the job.
pub fn refusal(job: &Shape, partition: &Partition) -> Option<String> {
    let has_limits = !job.has_qos && !partition.has_qos;
    let within = |limit: Option<u64>| limit.filter(|_| has_limits).unwrap_or(u64::MAX);
    let max_time_s = within(partition.max_time_s);
    if let Some(limit) = job.time.as_ref().filter(|time| time.seconds > max_time_s) {
        return Some(format!(
            "cluster.time = {}, and it allows {}; expected at most that: a job that reaches its limit goes back into the \
             queue and goes on",
            limit.text,
            time(max_time_s as f64)
        ));
    }
    let n_nodes = (partition.nodes.len() as u64).min(within(partition.max_nodes));
    // sbatch takes no more nodes than ranks
    let nodes = job.nodes.map(|nodes| nodes.min(job.ranks));
    if nodes.is_some_and(|nodes| nodes > n_nodes) {
        return Some(format!(
            "cluster.nodes = {}, and a job gets {} there; expected at most that",
            job.nodes.unwrap_or(0),
            count(n_nodes, "node")
        ));
    }
    let mib_per_core = job.mib_per_core.unwrap_or(0);
    let mib_per_rank = mib_per_core.saturating_mul(job.cores_per_rank);
    let by_memory = partition
        .max_mib_per_cpu
        .map_or(0, |mib| mib_per_rank.div_ceil(mib));
    let cores = job.cores_per_rank.max(by_memory);
    let cpus = |node: &Node| node.cpus.min(within(partition.max_cpus_per_node));
    let mib = |node: &Node| node.mib.min(partition.max_mib_per_node.unwrap_or(u64::MAX));
    let max_cpus = partition.nodes.iter().map(cpus).max()?;
    let max_mib = partition.nodes.iter().map(mib).max()?;
    let of_cpus = format!("a job gets {} of a node", count(max_cpus, "CPU"));
    if job.cores_per_rank > max_cpus {
        let asked = job.cores_per_rank;
        return Some(format!(
            "cluster.cores_per_job = {asked}, and {of_cpus}; expected at most that"
        ));
    }
    if mib_per_rank > max_mib || cores > max_cpus {
        let by_cpus = partition
            .max_mib_per_cpu
            .map(|mib| mib.saturating_mul(max_cpus));
        return Some(format!(
            "cluster.mem_per_job = {}, and a job gets {} of a node; expected at most that",
            mib_size(mib_per_rank),
            mib_size(by_cpus.unwrap_or(u64::MAX).min(max_mib))
        ));
    }
    let per_node = job.ranks_per_node.map(|ranks| ranks.min(job.ranks));
    if let Some(ranks) = per_node.filter(|ranks| ranks.saturating_mul(cores) > max_cpus) {
        return Some(format!(
            "cluster.processes = {ranks} ranks of {} on each node, and {of_cpus}; expected at most {}",
            count(cores, "core"),
            max_cpus / cores
        ));
    }
    let room = |node: &Node| {
        let by_mib = mib(node).checked_div(mib_per_rank).unwrap_or(u64::MAX);
        let by_cpus = cpus(node) / cores;
        by_cpus
            .min(by_mib)
            .min(job.ranks_per_node.unwrap_or(u64::MAX))
    };
    let mut rooms: Vec<u64> = partition
        .nodes
        .iter()
        .map(room)
        .filter(|&n| n > 0)
        .collect();
    rooms.sort_unstable_by(|a, b| b.cmp(a));
    let n_used = nodes.unwrap_or(n_nodes);
    let n_ranks: u64 = rooms.iter().take(n_used as usize).sum();
    if n_ranks < job.ranks {
        let memory = match mib_per_rank {
            0 => String::new(),
            mib => format!(" and {}", mib_size(mib)),
        };
        let per_node = job.ranks_per_node.map_or(String::new(), |ranks| {
            format!(", {ranks} on each node (cluster.processes)")
        });
        return Some(format!(
            "cluster.n_jobs = {} ranks of {}{memory}{per_node}, and there is room for {n_ranks} on {}; expected at most that, \
             smaller ranks or another partition",
            job.ranks,
            count(cores, "core"),
            count(n_used.min(rooms.len() as u64), "node"),
        ));
    }
    // each node gets a rank
    let n_usable = rooms.len() as u64;
    nodes.filter(|&nodes| nodes > n_usable).map(|_| {
        format!(
            "cluster.nodes = {}, and {} there can hold a rank; expected at most that",
            job.nodes.unwrap_or(0),
            count(n_usable, "node")
        )
    })
}

fn mib_size(mib: u64) -> String {
    size(mib.saturating_mul(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes of so many CPUs and MiB.
    fn partition(nodes: &[(u64, u64)]) -> Partition {
        let nodes = nodes.iter().map(|&(cpus, mib)| Node { cpus, mib });
        Partition {
            name: "main".into(),
            nodes: nodes.collect(),
            max_nodes: None,
            max_cpus_per_node: None,
            max_mib_per_node: None,
            max_mib_per_cpu: None,
            max_time_s: None,
            has_qos: false,
        }
    }

    fn job(ranks: u64) -> Shape {
        Shape {
            ranks,
            cores_per_rank: 1,
            ranks_per_node: None,
            nodes: None,
            mib_per_core: None,
            time: None,
            has_qos: false,
        }
    }

    const SAME: &[(u64, u64)] = &[(4, 8000); 3];
    const MIXED: &[(u64, u64)] = &[(4, 8000), (4, 8000), (64, 500_000)];

    #[test]
    fn what_some_nodes_can_hold_is_not_refused() {
        let mixed = partition(MIXED);
        let may = |job: Shape| assert_eq!(refusal(&job, &mixed), None, "{job:?}");
        may(job(72));
        may(Shape {
            nodes: Some(3),
            ..job(72)
        });
        may(Shape {
            nodes: Some(1),
            ..job(64)
        });
        // sbatch takes three nodes
        may(Shape {
            nodes: Some(4),
            ..job(3)
        });
        may(Shape {
            cores_per_rank: 64,
            ..job(1)
        });
        may(Shape {
            mib_per_core: Some(400_000),
            ..job(1)
        });
        // the large node holds them all, beside its memory
        may(Shape {
            mib_per_core: Some(7000),
            ..job(64)
        });
        may(Shape {
            ranks_per_node: Some(64),
            nodes: Some(1),
            ..job(64)
        });
        may(Shape {
            ranks_per_node: Some(100),
            ..job(60)
        });
    }

    #[test]
    fn what_no_set_of_nodes_can_hold_is_refused_with_the_most_there_is() {
        let same = partition(SAME);
        for (job, expected) in [
            (
                job(13),
                "n_jobs = 13 ranks of 1 core, and there is room for 12 on 3 nodes",
            ),
            (
                Shape {
                    nodes: Some(4),
                    ..job(4)
                },
                "nodes = 4, and a job gets 3 nodes",
            ),
            (
                Shape {
                    nodes: Some(2),
                    ..job(9)
                },
                "room for 8 on 2 nodes",
            ),
            (
                Shape {
                    cores_per_rank: 5,
                    ..job(1)
                },
                "a job gets 4 CPUs of a node",
            ),
            (
                Shape {
                    cores_per_rank: 3,
                    ..job(4)
                },
                "room for 3 on 3 nodes",
            ),
            (
                Shape {
                    ranks_per_node: Some(8),
                    ..job(8)
                },
                "expected at most 4",
            ),
            (
                Shape {
                    ranks_per_node: Some(1),
                    ..job(4)
                },
                "room for 3 on 3 nodes",
            ),
            (
                Shape {
                    mib_per_core: Some(9000),
                    ..job(1)
                },
                "mem_per_job = 8.8 GiB",
            ),
            (
                Shape {
                    mib_per_core: Some(2100),
                    ..job(10)
                },
                "room for 9 on 3 nodes",
            ),
            (
                Shape {
                    cores_per_rank: u64::MAX,
                    ..job(1)
                },
                "cores_per_job",
            ),
        ] {
            let why = refusal(&job, &same).unwrap_or_default();
            assert!(why.contains(expected), "{job:?}: {why}");
        }
        let mixed = partition(MIXED);
        let spread = Shape {
            mib_per_core: Some(9000),
            nodes: Some(2),
            ..job(2)
        };
        let why = refusal(&spread, &mixed).unwrap();
        assert!(
            why.contains("nodes = 2, and 1 node there can hold a rank"),
            "{why}"
        );
    }

    #[test]
    fn the_limits_of_a_partition_count_unless_a_quality_of_service_may_lift_them() {
        let limited = Partition {
            max_nodes: Some(2),
            max_cpus_per_node: Some(3),
            max_mib_per_node: Some(1000),
            max_mib_per_cpu: Some(500),
            max_time_s: Some(300),
            ..partition(SAME)
        };
        let of = |text: &str| TimeLimit::parse(text);
        for (job, expected) in [
            (job(7), "room for 6 on 2 nodes"),
            (
                Shape {
                    nodes: Some(3),
                    ..job(3)
                },
                "a job gets 2 nodes",
            ),
            (
                Shape {
                    time: of("5:30"),
                    ..job(1)
                },
                "time = 5:30, and it allows 5m",
            ),
            (
                Shape {
                    mib_per_core: Some(1100),
                    ..job(1)
                },
                "mem_per_job",
            ),
            // two CPUs each
            (
                Shape {
                    mib_per_core: Some(600),
                    ..job(3)
                },
                "room for 2 on 2 nodes",
            ),
        ] {
            let why = refusal(&job, &limited).unwrap_or_default();
            assert!(why.contains(expected), "{job:?}: {why}");
        }
        assert_eq!(
            refusal(
                &Shape {
                    time: of("5"),
                    ..job(6)
                },
                &limited
            ),
            None
        );
        let by_qos = Shape {
            has_qos: true,
            time: of("60"),
            ..job(12)
        };
        assert_eq!(refusal(&by_qos, &limited), None);
    }
}
