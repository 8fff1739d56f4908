//! What rank 0 hears of all ranks, and what each of them hears of that.

use std::collections::HashMap;

use mpi::datatype::PartitionMut;
use mpi::traits::*;

use super::World;

impl World {
    /// What every rank has to say, on rank 0, in the order of ranks; nothing on the others, to which it would take as many
    /// messages as there are ranks. Collective.
    ///
    /// # Panics
    /// If a value does not survive its encoding, which would be a bug.
    pub fn gather<T: serde::Serialize + serde::de::DeserializeOwned>(&self, value: &T) -> Vec<T> {
        let decode =
            |bytes: &[u8]| postcard::from_bytes(bytes).expect("what was encoded can be decoded");
        let mut mine = postcard::to_stdvec(value).expect("our own types can be encoded");
        // never nothing: an empty vector's pointer is 1, which is Open MPI's MPI_IN_PLACE
        mine.push(0);
        let Some(mpi) = &self.mpi else {
            return vec![decode(&mine)];
        };
        let root = mpi.world.process_at_rank(0);
        let len = i32::try_from(mine.len()).expect("a report is short");
        if !self.is_root() {
            root.gather_into(&len);
            root.gather_varcount_into(&mine[..]);
            return Vec::new();
        }
        let mut lens = vec![0_i32; self.size];
        root.gather_into_root(&len, &mut lens[..]);
        let starts: Vec<i32> = lens
            .iter()
            .scan(0, |sum, len| {
                let start = *sum;
                *sum += len;
                Some(start)
            })
            .collect();
        let mut all = vec![0_u8; lens.iter().map(|&len| len as usize).sum()];
        let mut places = PartitionMut::new(&mut all, lens.clone(), &starts[..]);
        root.gather_varcount_into_root(&mine[..], &mut places);
        drop(places);
        let piece = |(start, len): (&i32, &i32)| &all[*start as usize..(*start + *len) as usize];
        starts.iter().zip(&lens).map(piece).map(decode).collect()
    }

    /// Names of the hosts, by rank; on rank 0, as [`World::gather`]. Collective.
    pub fn hosts(&self) -> Vec<String> {
        let name = match &self.mpi {
            Some(_) => mpi::environment::processor_name().ok(),
            None => hostname::get()
                .ok()
                .and_then(|name| name.into_string().ok()),
        };
        self.gather(&name.unwrap_or_else(|| "unknown".into()))
    }

    /// How many ranks run on this rank's host. Collective.
    pub fn ranks_on_this_host(&self) -> usize {
        let hosts = self.hosts();
        let Some(mpi) = &self.mpi else { return 1 };
        let root = mpi.world.process_at_rank(0);
        let mut mine = 0_u32;
        if self.is_root() {
            let mut on_host: HashMap<&str, u32> = HashMap::new();
            for host in &hosts {
                *on_host.entry(host).or_default() += 1;
            }
            let counts: Vec<u32> = hosts.iter().map(|host| on_host[host.as_str()]).collect();
            root.scatter_into_root(&counts[..], &mut mine);
        } else {
            root.scatter_into(&mut mine);
        }
        mine as usize
    }
}
