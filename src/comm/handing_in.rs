//! Pieces of work that the other ranks hand in to rank 0, in any order. Rank 0 takes them when it comes to it, and a rank goes
//! on with its next piece meanwhile.

use mpi::Tag;
use mpi::datatype::{Equivalence, SystemDatatype};
use mpi::traits::*;

use super::World;

/// Tag of a piece; the counters have those below.
const PIECE: Tag = 64;

impl World {
    /// Hands `piece` in to rank 0, which may take it only later, and does `work` meanwhile: its result. Not for rank 0.
    ///
    /// # Panics
    /// If a piece is larger than one message may be.
    pub fn hand_in<T>(&self, piece: &[u8], work: impl FnOnce() -> T) -> T {
        let Some(mpi) = &self.mpi else { return work() };
        assert!(piece.len() < super::MAX_MESSAGE, "a piece is one message");
        let root = mpi.world.process_at_rank(0);
        mpi::request::scope(|scope| {
            // one that waits to be taken: rank 0 would have to keep those that came earlier than it wants them
            let sent = root.immediate_synchronous_send_with_tag(scope, piece, PIECE);
            let done = work();
            sent.wait();
            done
        })
    }

    /// A piece that another rank has handed in, if there is one now. For rank 0.
    pub fn take_handed_in(&self) -> Option<Vec<u8>> {
        let mpi = self.mpi.as_ref()?;
        let status = mpi.world.any_process().immediate_probe_with_tag(PIECE)?;
        let byte: SystemDatatype = u8::equivalent_datatype();
        let mut piece = vec![0_u8; status.count(byte) as usize];
        mpi.world
            .process_at_rank(status.source_rank())
            .receive_into_with_tag(&mut piece[..], PIECE);
        Some(piece)
    }
}
