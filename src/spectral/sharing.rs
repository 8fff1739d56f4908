//! Tapers that ranks make together: each makes its share, then everybody has all. They have the same bits whoever makes them.

use bytemuck::Pod;

/// Samples of tapers that are made together; fewer are made sooner, by every rank for itself, than they are handed over.
const WORTH_SHARING: usize = 1 << 22;

/// Ranks that make tapers together. Plain numbers, and one thing that they do.
pub trait Makers {
    /// This rank, and how many there are.
    fn place(&self) -> (usize, usize);

    /// The bytes of rank `maker` on every rank. Collective.
    fn hand_out(&self, maker: usize, bytes: &mut [u8]);
}

/// Whether `n_tapers` tapers of `n_samples` are worth to be made together.
pub fn is_worth_sharing(n_tapers: usize, n_samples: usize) -> bool {
    n_tapers.saturating_mul(n_samples) >= WORTH_SHARING
}

/// The tapers of these indices, in rows of `len` numbers. `make` makes those of the indices it is given, in their order; with
/// `makers` each rank makes those of every so manieth index. Collective then.
pub fn make_together<R: Pod>(
    indices: &[usize],
    len: usize,
    makers: Option<&dyn Makers>,
    make: impl FnOnce(&[usize], &mut dyn FnMut(usize, Vec<R>)),
) -> Vec<Vec<R>> {
    let makers = makers.filter(|makers| makers.place().1 > 1);
    let Some(makers) = makers else {
        let mut rows = Vec::with_capacity(indices.len());
        make(indices, &mut |_, row| rows.push(row));
        return rows;
    };
    let (rank, size) = makers.place();
    let share = Vec::from_iter(indices.iter().copied().skip(rank).step_by(size));
    let mut own = Vec::with_capacity(share.len());
    if !share.is_empty() {
        make(&share, &mut |_, row| own.push(row));
    }
    let mut own = own.into_iter();
    let mut rows = vec![Vec::new(); indices.len()];
    // one maker after the other: in the order of rows everybody would wait for everybody at every row
    for maker in 0..size {
        for row in rows.iter_mut().skip(maker).step_by(size) {
            *row = if maker == rank {
                own.next().expect("a row for every index")
            } else {
                vec![R::zeroed(); len]
            };
            assert_eq!(row.len(), len, "rows are of one length");
            makers.hand_out(maker, bytemuck::cast_slice_mut(row));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use std::sync::{Barrier, Mutex};

    use super::*;

    /// A rank that is a thread.
    struct Thread<'a> {
        place: (usize, usize),
        barrier: &'a Barrier,
        message: &'a Mutex<Vec<u8>>,
    }

    impl Makers for Thread<'_> {
        fn place(&self) -> (usize, usize) {
            self.place
        }

        fn hand_out(&self, maker: usize, bytes: &mut [u8]) {
            if maker == self.place.0 {
                *self.message.lock().unwrap() = bytes.to_vec();
            }
            self.barrier.wait();
            bytes.copy_from_slice(&self.message.lock().unwrap());
            self.barrier.wait();
        }
    }

    #[test]
    fn each_rank_makes_its_share_and_has_all() {
        let indices = [3, 4, 5, 6, 7, 11, 12];
        for size in [1, 2, 3, 9] {
            let (barrier, message) = (Barrier::new(size), Mutex::new(Vec::new()));
            let made = Mutex::new(Vec::new());
            std::thread::scope(|scope| {
                for rank in 0..size {
                    let (barrier, message, made) = (&barrier, &message, &made);
                    scope.spawn(move || {
                        let thread = Thread {
                            place: (rank, size),
                            barrier,
                            message,
                        };
                        let rows = make_together(&indices, 2, Some(&thread), |share, take| {
                            for &index in share {
                                made.lock().unwrap().push(index);
                                take(index, vec![index as f64, 0.5]);
                            }
                        });
                        let want: Vec<Vec<f64>> = indices
                            .iter()
                            .map(|&index| vec![index as f64, 0.5])
                            .collect();
                        assert_eq!(rows, want);
                    });
                }
            });
            let mut made = made.into_inner().unwrap();
            made.sort();
            assert_eq!(made, indices, "{size} ranks make every row once");
        }
    }
}
