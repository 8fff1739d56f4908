//! The parallel I/O stack itself: many small files, written by all ranks at once, each for itself, as with `driver = "mpio"`, read
//! back by one. Versions of MPI libraries are known that lose or mix writes (open-mpi/ompi#12718, #7795).

use std::path::Path;

use hdf5::dataset::AllocTime;
use hdf5::{Dataset, File};
use slepian::comm::World;
use slepian::output::write_box;

use crate::support::Random;

/// Files of every layout.
const N_FILES: u64 = 30;

#[derive(Clone, Copy, Debug)]
enum Layout {
    Contiguous,
    /// A tile for every piece that is written.
    Chunked,
}

/// Writes and reads back files of every layout, in a folder that rank 0 makes. Collective.
pub fn small_files(world: World) {
    let folder = world
        .is_root()
        .then(|| tempfile::tempdir().expect("a folder can be made"));
    let path = folder.as_ref().map(|folder| folder.path().to_owned());
    let path = world.share(path).join("small.h5");
    for layout in [Layout::Contiguous, Layout::Chunked] {
        for file in 0..N_FILES {
            // the same on every rank: sizes, and how many pieces there are, seldom a multiple of the ranks
            let mut random = Random::new(1000 * layout as u64 + file);
            let piece = [
                1 + random.below(3),
                1 + random.below(200),
                1 + random.below(40),
            ];
            let grid = [1 + random.below(9), 1, 1 + random.below(4)];
            write(&path, layout, piece, grid, file, &world);
            world.barrier();
            if world.is_root() {
                check(
                    &path,
                    file,
                    &format!("{layout:?} {file}: {piece:?} × {grid:?}"),
                );
            }
            world.barrier();
        }
    }
}

fn value(file: u64, place: u64) -> f32 {
    ((file * 7919 + place) % 100_003) as f32
}

fn write(path: &Path, layout: Layout, piece: [u64; 3], grid: [u64; 3], file: u64, world: &World) {
    let mut options = File::with_options();
    if let Some(communicator) = world.communicator() {
        options.with_fapl(|fapl| fapl.mpio(communicator, None));
    }
    let opened = options.create(path).expect("all ranks create the file");
    let shape: Vec<usize> = (0..3)
        .map(|axis| (piece[axis] * grid[axis]) as usize)
        .collect();
    let tile = piece.map(|n| n as usize);
    let set = opened
        .new_dataset::<f32>()
        .shape(&shape[..])
        .alloc_time(Some(AllocTime::Early));
    let set: Dataset = match layout {
        Layout::Contiguous => set.no_chunk().create("data"),
        Layout::Chunked => set.chunk(tile).create("data"),
    }
    .expect("all ranks create the data set");
    let n_pieces: u64 = grid.iter().product();
    let (rank, size) = (world.rank() as u64, world.size() as u64);
    for number in (rank..n_pieces).step_by(size as usize) {
        let at = [
            number / (grid[1] * grid[2]),
            number / grid[2] % grid[1],
            number % grid[2],
        ];
        let start = [0, 1, 2].map(|axis| at[axis] * piece[axis]);
        let mut numbers = Vec::new();
        for i in 0..piece[0] {
            for j in 0..piece[1] {
                for k in 0..piece[2] {
                    let row = (start[0] + i) * shape[1] as u64 + start[1] + j;
                    numbers.push(value(file, row * shape[2] as u64 + start[2] + k));
                }
            }
        }
        let start = start.map(|n| n as usize);
        let written = write_box(&set, &start, &tile, bytemuck::cast_slice(&numbers));
        written.expect("a piece is written");
    }
    drop(set);
    opened.close().expect("all ranks close the file");
}

fn check(path: &Path, file: u64, how: &str) {
    let opened = File::open(path).expect("the file opens");
    let numbers = opened.dataset("data").and_then(|set| set.read_raw::<f32>());
    let numbers = numbers.expect("the numbers can be read");
    let is_wrong = |(place, number): (usize, &f32)| *number != value(file, place as u64);
    let n_wrong = numbers
        .iter()
        .enumerate()
        .filter(|pair| is_wrong(*pair))
        .count();
    assert_eq!(n_wrong, 0, "{how}: of {} numbers", numbers.len());
}
