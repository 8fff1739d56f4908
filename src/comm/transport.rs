//! How ranks reach each other: what may safely be chosen for them when all run on one host, so that MPI starts and ends
//! quickly.

use std::os::fd::BorrowedFd;

use rustix::net::sockopt::set_tcp_nodelay;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open MPI's choice of transport, and the one that finds shared memory by itself.
const CHOICE: (&str, &str) = ("OMPI_MCA_pml", "ob1");
/// What a user sets who chooses a transport; mpirun's `--mca` sets the same.
const CHOSEN_BY_USER: [&str; 3] = ["OMPI_MCA_pml", "OMPI_MCA_mtl", "OMPI_MCA_btl"];

/// Spares Open MPI the search for fast networks, which takes most of its start, for ranks that need none. To be called
/// before MPI is initialised; what is chosen in the environment or by mpirun's `--mca` stays, and a site's file of parameters,
/// which is for its network, does not count here.
pub fn stay_on_this_host() {
    if let Some((name, value)) = choice(|name| std::env::var_os(name).is_some()) {
        // SAFETY: MPI's threads do not run yet, and the thread that waits for signals reads no variable.
        unsafe { std::env::set_var(name, value) }
    }
}

fn choice(is_set: impl Fn(&str) -> bool) -> Option<(&'static str, &'static str)> {
    let is_chosen = CHOSEN_BY_USER.into_iter().any(is_set);
    (!is_chosen).then_some(CHOICE)
}

/// Descriptors of a rank beside its connections: files, pipes, sockets of its launcher's.
const OTHER_FILES: u64 = 64;

/// Allows this process one connection to every other rank, as rank 0 has them over TCP, where the system allows it; else
/// says how many it may have. To be called before messages are sent.
pub fn allow_connections(size: usize) -> Option<u64> {
    let needed = size as u64 + OTHER_FILES;
    let limit = getrlimit(Resource::Nofile);
    let at_most = limit.maximum.unwrap_or(u64::MAX);
    if limit.current.is_some_and(|current| current < needed) {
        let current = Some(needed.min(at_most));
        // what cannot be raised stays, and may be enough
        let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
    }
    let most = getrlimit(Resource::Nofile).current;
    most.filter(|&most| most < needed)
}

/// Lets the small messages between this process and its launcher go out at once. A PMIx client ends with several in a row,
/// of which the second waited until the first was acknowledged: 40 ms.
pub fn send_without_delay() {
    let Ok(open) = std::fs::read_dir("/proc/self/fd") else {
        return;
    };
    for entry in open.flatten() {
        let name = entry.file_name();
        if let Some(number) = name.to_str().and_then(|name| name.parse().ok()) {
            // SAFETY: the number is borrowed for one call, which does nothing but fail when another thread has closed it.
            let descriptor = unsafe { BorrowedFd::borrow_raw(number) };
            // files and pipes refuse
            let _ = set_tcp_nodelay(descriptor, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use rustix::net::sockopt::tcp_nodelay;

    #[test]
    fn a_users_choice_of_transport_stays() {
        assert_eq!(choice(|_| false), Some(("OMPI_MCA_pml", "ob1")));
        for name in CHOSEN_BY_USER {
            assert_eq!(choice(|asked| asked == name), None, "{name}");
        }
    }

    #[test]
    fn connections_stop_waiting_for_acknowledgements() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let stream = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        assert!(!tcp_nodelay(&stream).unwrap());
        send_without_delay();
        assert!(tcp_nodelay(&stream).unwrap());
    }
}
