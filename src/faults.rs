//! Faults for the tests: `SLEPIAN_FAULT="read:1"` lets rank 1 fail at its first read. Release builds have none of it.

/// Where a fault can strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Reading samples.
    Read,
    /// Writing spectra.
    Write,
    /// Between the two, as a panic.
    Panic,
}

/// Fails here if the environment says so for this rank.
#[cfg(debug_assertions)]
pub fn strike(point: Point, rank: usize) -> std::io::Result<()> {
    let word = match point {
        Point::Read => "read",
        Point::Write => "write",
        Point::Panic => "panic",
    };
    if std::env::var("SLEPIAN_FAULT").is_ok_and(|fault| fault == format!("{word}:{rank}")) {
        assert_ne!(point, Point::Panic, "a panic was asked for");
        return Err(std::io::Error::other("a fault was asked for"));
    }
    Ok(())
}

/// Nothing ever fails here.
#[cfg(not(debug_assertions))]
pub fn strike(_point: Point, _rank: usize) -> std::io::Result<()> {
    Ok(())
}
