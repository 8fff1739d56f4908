use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn stretches_that_are_packed_are_the_same(
        gaps in prop::collection::vec((0_u64..4, 1_u64..4), 0..60)
    ) {
        let mut end = 0;
        let numbers: Vec<(u64, u64)> = gaps.into_iter().map(|(gap, bytes)| {
            let at = end + gap;
            end = at + bytes;
            (at, bytes)
        }).collect();
        let covered = |n: &mut dyn Iterator<Item = (u64, u64)>| -> Vec<u64> {
            n.flat_map(|(at, bytes)| at..at + bytes).collect()
        };
        let packed = packed(numbers.clone());
        let mut unpacked = packed.iter().flat_map(|Stretches(at, bytes, step, count)| {
            (0..*count).map(move |k| (at + k * step, *bytes))
        });
        prop_assert_eq!(covered(&mut unpacked), covered(&mut numbers.into_iter()));
    }
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.part");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

#[test]
fn every_flipped_bit_but_those_of_numbers_is_seen() {
    let bytes: Vec<u8> = (0..200).collect();
    let (_folder, path) = file(&bytes);
    let numbers = vec![(50, 10), (60, 5), (100, 8), (120, 8), (140, 8)];
    let seal = Seal::of(&path, numbers.clone()).unwrap();
    seal.check(&path).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, &damaged).unwrap();
        let at = bit as u64 / 8;
        let is_number = numbers.iter().any(|(n, len)| (*n..n + len).contains(&at));
        assert_eq!(seal.check(&path).is_ok(), is_number, "bit {bit}");
    }
    for length in [199, 201] {
        std::fs::write(&path, vec![0; length]).unwrap();
        let text = seal.check(&path).unwrap_err().to_string();
        assert!(text.contains("200 were written"), "{text}");
    }
}

#[test]
fn a_part_file_that_a_killed_process_had_open_is_intact() {
    let (_folder, path) = file(&[0; 100]);
    let seal = Seal::of(&path, vec![]).unwrap();
    let mut open = vec![0; 100];
    open[20] = 1;
    std::fs::write(&path, &open).unwrap();
    seal.check(&path).unwrap();
    let result = path.with_extension("spectral");
    std::fs::write(&result, &open).unwrap();
    assert!(seal.check(&result).is_err(), "a result is closed");
    mark_closed(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), [0; 100]);
    // newer superblocks have something else there
    (open[8], open[20]) = (2, 1);
    std::fs::write(&path, &open).unwrap();
    assert!(seal.check(&path).is_err());
    mark_closed(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), open);
}

#[test]
fn a_seal_that_claims_too_much_is_refused_at_once() {
    let (_folder, path) = file(&[0; 100]);
    let seal = Seal::of(&path, vec![(10, 10)]).unwrap();
    let most = u64::MAX;
    for numbers in [
        vec![Stretches(10, 0, 0, 1)],
        vec![Stretches(10, 1, 0, most)],
        vec![Stretches(10, most, 0, 1)],
        vec![Stretches(most, most, most, most)],
        vec![Stretches(10, 10, 0, 0)],
        vec![Stretches(10, 10, 0, 1), Stretches(15, 10, 0, 1)],
        vec![Stretches(95, 10, 0, 1)],
    ] {
        let hostile = Seal {
            numbers,
            ..seal.clone()
        };
        let text = hostile.check(&path).unwrap_err().to_string();
        assert!(text.contains("its seal is damaged"), "{text}");
    }
}

#[test]
fn a_seal_is_found_beside_its_file() {
    let (_folder, path) = file(&[7; 100]);
    let refusal = || {
        Seal::checked(&beside(&path), &path)
            .unwrap_err()
            .to_string()
    };
    assert!(refusal().contains("x.part.seal"), "{}", refusal());
    let seal = Seal::of(&path, vec![(10, 10)]).unwrap();
    seal.write_beside(&path).unwrap();
    assert_eq!(Seal::checked(&beside(&path), &path).unwrap(), seal);
    // one of its copies is enough
    let text = std::fs::read(beside(&path)).unwrap();
    for byte in 0..text.len() {
        let mut damaged = text.clone();
        damaged[byte] ^= 1;
        std::fs::write(beside(&path), damaged).unwrap();
        assert_eq!(
            Seal::checked(&beside(&path), &path).unwrap(),
            seal,
            "byte {byte}"
        );
    }
    std::fs::write(beside(&path), "{").unwrap();
    assert!(refusal().contains("this seal is damaged"), "{}", refusal());
}
