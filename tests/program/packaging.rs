//! What sites build from names the versions and the packages that the project itself names.

use std::path::Path;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_versions_are_those_of_cargo_toml() {
    let package = "setup/spack/repo/spack_repo/slepian/packages/slepian/package.py";
    for (path, text) in [
        (package, format!("version(\"{VERSION}\")")),
        (package, format!("depends_on(\"rust@{RUST}:\"")),
        ("setup/spack/spack.yaml", format!("slepian@={VERSION}\n")),
        ("setup/slepian.def", format!("--default-toolchain {RUST}\n")),
        ("setup/slepian.def", format!("image.version {VERSION}\n")),
        ("setup/slepian.def", format!("Slepian {VERSION} with")),
        (
            "docs/administrators.md",
            format!("| Rust {RUST} or newer |"),
        ),
        ("docs/administrators.md", format!("`slepian/{VERSION}.lua`")),
        (
            "docs/administrators.md",
            format!("whatis(\"Version: {VERSION}\")"),
        ),
        (
            "docs/administrators.md",
            format!("local root = \"/apps/slepian/{VERSION}\""),
        ),
    ] {
        assert!(read(path).contains(&text), "{path}: no {text}");
    }
}

/// What `make deps` installs for Open MPI, by its name for what is missing.
fn debian_packages() -> Vec<String> {
    let script = read("setup/deps.sh");
    let lists = script.lines().filter(|line| {
        line.starts_with("of_mpi=(") || line.contains("packages+=(") && !line.contains("${")
    });
    lists
        .flat_map(|line| {
            let (_, list) = line.split_once("=(").unwrap();
            let (list, _) = list.split_once(')').unwrap();
            list.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_container_is_built_with_the_packages_of_make_deps() {
    let packages = debian_packages();
    assert!(packages.len() >= 6, "{packages:?}");
    let definition = read("setup/slepian.def");
    let build = definition.split("\nBootstrap:").nth(1).unwrap();
    for package in packages {
        assert!(
            build.split_whitespace().any(|word| word == package),
            "setup/slepian.def does not install {package}, which setup/deps.sh does"
        );
    }
}

#[test]
fn the_container_has_all_that_the_build_reads() {
    let definition = read("setup/slepian.def");
    for needed in [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "assets",
        "tests",
        "benches",
        "jobscripts",
    ] {
        assert!(
            definition.contains(&format!("\n    {needed} /src/{needed}\n")),
            "setup/slepian.def does not copy {needed}"
        );
    }
}
