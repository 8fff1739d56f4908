from spack_repo.builtin.build_systems.cargo import CargoPackage

from spack.package import *


class Slepian(CargoPackage):
    """Tapered-FFT spectra of electrophysiology recordings, on any number of MPI ranks, into one parallel HDF5 file."""

    license("MIT OR Apache-2.0")

    # no address: ../../../../../spack.yaml builds the checkout it lies in
    version("0.1.0")

    depends_on("c", type="build")
    depends_on("rust@1.91:", type="build")
    # bindgen reads the headers of MPI with libclang
    depends_on("llvm+clang", type="build")
    depends_on("mpi")
    depends_on("hdf5+mpi+hl+shared")

    sanity_check_is_file = [join_path("bin", "slepian")]

    @property
    def target_directory(self):
        # the checkout stays as it is: its own target/ may be of another MPI
        return join_path(self.stage.path, "target")

    @property
    def check_args(self):
        return ["--locked"]

    def setup_build_environment(self, env: EnvironmentModifications) -> None:
        llvm = self.spec["llvm"].prefix
        for folder in (llvm.lib, llvm.lib64):
            if find_libraries(["libclang", "libclang-*"], folder, shared=True, recursive=False):
                env.set("LIBCLANG_PATH", folder)
                break
        env.set("HDF5_DIR", self.spec["hdf5"].prefix)
        env.set("MPICC", self.spec["mpi"].mpicc)
        # MPI and HDF5 are those above, whatever the shell has
        env.unset("MPI_PKG_CONFIG")
        env.unset("HDF5_VERSION")
        env.set("CARGO_TARGET_DIR", self.target_directory)

    def build(self, spec, prefix):
        with working_dir(self.stage.source_path):
            cargo("build", "--release", "--locked", "--bin", "slepian", "-j", str(make_jobs))

    def install(self, spec, prefix):
        mkdirp(prefix.bin)
        install(join_path(self.target_directory, "release", "slepian"), prefix.bin)
        for folder in ("configs", "jobscripts"):
            install_tree(join_path(self.stage.source_path, folder), join_path(prefix.share, "slepian", folder))

    def test_version(self):
        """the binary starts and is of this version"""
        slepian = Executable(join_path(self.prefix.bin, "slepian"))
        check_outputs(f"slepian {self.version}", slepian("--version", output=str.split, error=str.split))
