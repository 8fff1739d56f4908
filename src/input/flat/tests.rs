use super::*;

/// Writes `number(i)` of all places, and reads it back in pieces of all kinds.
fn read_back(flat: Flat, bytes: Vec<u8>, value: impl Fn(usize, usize) -> f64 + Copy) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("numbers");
    let head = vec![0; flat.offset as usize];
    std::fs::write(&path, [head, bytes].concat()).unwrap();
    let (n_rows, n_columns) = (flat.n_rows as usize, flat.n_columns);
    let mut reader = FlatReader::open(&path, &flat).unwrap();
    let all: Vec<usize> = (0..n_columns).collect();
    let some = [n_columns - 1, 0, n_columns / 2];
    let backwards: Vec<usize> = (0..n_columns).rev().step_by(2).collect();
    for (rows, columns) in [
        (0..n_rows, &all[..]),
        (2..n_rows - 2, &backwards),
        (3..n_rows - 1, &some),
        (n_rows / 2..n_rows / 2 + 1, &some),
        (9..9, &all),
    ] {
        let mut samples = vec![f64::NAN; rows.len() * columns.len()];
        let asked = rows.start as u64..rows.end as u64;
        let to = Samples::Double(&mut samples);
        reader.read(asked, columns, to).unwrap();
        let want = rows.flat_map(|row| columns.iter().map(move |&c| value(row, c)));
        assert!(want.eq(samples.iter().copied()), "{:?}", flat.order);
    }
}

#[test]
fn samples_of_either_axis_order_are_those_written_whatever_the_pieces() {
    let (n_rows, n_columns) = (40_000, 21);
    // more rows than a piece, more channels than are brought over at once
    assert!(n_rows > STAGING / size_of::<f64>() && n_columns > CHANNELS_AT_ONCE);
    let value = |row: usize, column: usize| ((row * 7 + column * 1003) % 30_011) as i16;
    for channel_first in [false, true] {
        let number = |i: usize| {
            if channel_first {
                value(i % n_rows, i / n_rows)
            } else {
                value(i / n_columns, i % n_columns)
            }
        };
        let bytes = (0..n_rows * n_columns).flat_map(|i| number(i).to_le_bytes());
        let order = if channel_first {
            Order::vectorized(n_rows as u64, n_columns, Sample::I16)
        } else {
            Order::Multiplexed
        };
        let flat = Flat {
            offset: 5,
            sample: Sample::I16,
            big_endian: false,
            order,
            n_rows: n_rows as u64,
            n_columns,
        };
        read_back(flat, bytes.collect(), |row, c| f64::from(value(row, c)));
    }
}

#[test]
fn short_trials_of_many_channels_are_read_in_runs_of_them() {
    let (n_trials, n_columns, n_samples) = (3, 512, 100);
    let Order::Blocks(blocks) = Order::vectorized(n_samples as u64, n_columns, Sample::F32) else {
        panic!("blocks")
    };
    assert!(blocks.bytes > SMALL_BLOCK);
    let all: Vec<usize> = (0..n_columns).collect();
    let reversed: Vec<usize> = (0..n_columns).rev().collect();
    // a whole trial, a few rows of all channels, far channels, and pieces that fill the staging area themselves
    assert_eq!(blocks.run(&all, 400), 0..blocks.bytes);
    assert_eq!(blocks.run(&reversed, 400), 0..blocks.bytes);
    assert_eq!(blocks.run(&all, 4), 0..511 * 400 + 4);
    assert_eq!(blocks.run(&[3, 500, 4], 400), 1200..1600);
    let long = Order::vectorized(1 << 20, 3, Sample::F64);
    let Order::Blocks(long) = long else {
        panic!("blocks")
    };
    assert_eq!(
        long.run(&[1, 2], STAGING as u64),
        8 << 20..(8 << 20) + STAGING as u64
    );
    let value = |row: usize, c: usize| (row * 1009 + c * 31) as f32 + 0.25;
    let numbers = (0..n_trials).flat_map(|trial| {
        (0..n_columns * n_samples)
            .map(move |i| value(trial * n_samples + i % n_samples, i / n_samples))
    });
    let bytes = numbers.flat_map(f32::to_le_bytes).collect();
    let flat = Flat {
        offset: 7,
        sample: Sample::F32,
        big_endian: false,
        order: Order::Blocks(blocks),
        n_rows: (n_trials * n_samples) as u64,
        n_columns,
    };
    read_back(flat, bytes, |row, c| f64::from(value(row, c)));
}

#[test]
fn blocks_small_and_large_with_gaps_between_and_within_them_are_read_in_place() {
    let value = |row: usize, column: usize| (row as i32 * 3001 - column as i32 * 77) % 8_000_000;
    for (block_rows, n_rows) in [(7_usize, 1000_usize), (5000, 12_345), (30_000, 70_001)] {
        for big_endian in [false, true] {
            let n_columns = 5;
            // channels in reverse, a stranger behind them
            let bytes_of_channel = block_rows * 3;
            let starts: Vec<u64> = (0..n_columns)
                .map(|c| ((n_columns - 1 - c) * (bytes_of_channel + 1)) as u64)
                .collect();
            let block_bytes = n_columns * bytes_of_channel + 100;
            let mut bytes = vec![0xAA; n_rows.div_ceil(block_rows) * block_bytes];
            for row in 0..n_rows {
                for (c, start) in starts.iter().enumerate() {
                    let at =
                        row / block_rows * block_bytes + *start as usize + row % block_rows * 3;
                    let [a, b, c, _] = value(row, c).to_le_bytes();
                    let number = if big_endian { [c, b, a] } else { [a, b, c] };
                    bytes[at..at + 3].copy_from_slice(&number);
                }
            }
            let flat = Flat {
                offset: 3,
                sample: Sample::I24,
                big_endian,
                order: Order::Blocks(Blocks {
                    n_rows: block_rows as u64,
                    bytes: block_bytes as u64,
                    starts,
                }),
                n_rows: n_rows as u64,
                n_columns,
            };
            read_back(flat, bytes, |row, c| f64::from(value(row, c)));
        }
    }
}
