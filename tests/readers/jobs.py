"""What the reader tests share: recordings and spectra made by the program, and the count of what held.

The programs that read the files are in the other modules; this one needs the standard library only.
"""
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

MPIEXEC = Path(__file__).resolve().parents[2] / "setup" / "mpiexec.sh"

# A job here takes a second or two; the limit only ends a deadlock, on a busy machine too.
TIME_LIMIT_S = 180

N_TRIALS, N_CHANNELS, N_SAMPLES, SAMPLE_RATE_HZ = 6, 5, 500, 500

# name: Syncopy's parameters. 4 Hz on 1 s trials: NW = 4, 7 tapers
STUDIES = {
    "trials": dict(tapsmofrq=4, foilim=[1, 100], keeptrials=True),
    "average": dict(tapsmofrq=4, foilim=[1, 100], keeptrials=False),
    "tapers": dict(tapsmofrq=4, foilim=[1, 100], output="fourier", keeptapers=True),
    "model": dict(tapsmofrq=4, foilim=[1, 100], output="fooof", keeptrials=False, fooof_opt={"max_n_peaks": 2}),
    "windows": dict(method="mtmconvol", t_ftimwin=0.5, toi=0.5, taper="hann", foilim=[2, 100]),
    "wavelets": dict(method="wavelet", foi=[10, 15, 20, 40], toi="all"),
    "evoked": dict(method="mtmconvol", t_ftimwin=0.5, toi=0.5, taper="hann", foilim=[2, 100], keeptrials=False),
}
# name: first axis, its length, tapers, frequencies
SHAPES = {
    "trials": ("trial", N_TRIALS, 1, range(1, 101)),
    "average": ("trial", 1, 1, range(1, 101)),
    "tapers": ("trial", N_TRIALS, 7, range(1, 101)),
    "model": ("trial", 1, 1, range(1, 101)),
    "windows": ("time", 4 * N_TRIALS, 1, range(2, 101, 2)),
    "wavelets": ("time", N_SAMPLES * N_TRIALS, 1, [10, 15, 20, 40]),
    "evoked": ("time", 4, 1, range(2, 101, 2)),
}
# studies of averages over trials
AVERAGES = ("average", "model", "evoked")
RANKS = (1, 3)
# the text of every trial of the recording
CONDITIONS = ["target", "go left", "standard", "", "größer", "target"]


def run(command, ranks=1):
    """Runs `command`, on one rank without a launcher; its whole output is the error if it fails."""
    command = [str(word) for word in command]
    if ranks > 1:
        command = [str(MPIEXEC), str(ranks), *command]
    # the launcher's own limit ends the ranks too, ours is the second net
    env = {**os.environ, "MPIEXEC_TIMEOUT": str(TIME_LIMIT_S - 30)}
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", env=env, start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=TIME_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.terminate()  # mpiexec passes it on; a rank is in a process group of its own
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        raise AssertionError(f"no end after {TIME_LIMIT_S} s: {' '.join(command)}") from None
    if process.returncode != 0:
        raise AssertionError(f"exit {process.returncode}: {' '.join(command)}\n{output}")
    return output


def synth(slepian, folder):
    """A recording of white noise: every frequency holds power, so every bin is compared."""
    recording = folder / "recording.spy"
    run([
        slepian, "synth", "white_noise", "--trials", N_TRIALS, "--channels", N_CHANNELS, "--samples", N_SAMPLES,
        "--sample-rate", SAMPLE_RATE_HZ, "--seed", 7, "-o", recording,
    ])
    return recording


def converted(slepian, recording, ranks):
    """The container that `slepian convert` makes of two channels of `recording`."""
    container = recording.parent / f"converted_{ranks}.spy"
    run([slepian, "convert", recording, container, "--set", 'select.channel=["channel4", "channel2"]'], ranks)
    return container


def toml(value):
    """JSON's strings, numbers, booleans and lists are TOML's."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(entry)}" for key, entry in value.items()) + " }"
    return json.dumps(value)


def spectra(slepian, recording, study, ranks):
    """The container that `slepian run` makes of `recording`."""
    name = f"{study}_{ranks}"
    container = recording.parent / f"{name}.spy"
    parameters = "\n".join(f"{key} = {toml(value)}" for key, value in STUDIES[study].items())
    config = recording.parent / f"{name}.toml"
    config.write_text(
        f"[input]\npath = {json.dumps(str(recording))}\n\n[freqanalysis]\n{parameters}\ncompat = \"syncopy\"\n\n"
        f"[output]\npath = {json.dumps(str(container))}\n"
    )
    run([slepian, "run", config], ranks)
    return container


def data_file(container):
    """The HDF5 file of a container with one object."""
    files = [path for path in container.iterdir() if path.suffix != ".info"]
    assert len(files) == 1, f"{container.name} holds {sorted(path.name for path in container.iterdir())}"
    return files[0]


def info(container):
    """The JSON that belongs to the data file."""
    path = data_file(container)
    return json.loads(path.with_name(path.name + ".info").read_text())


class Count:
    """Counts what held; `close` prints the closing line and gives the exit status."""

    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, function, *arguments):
        """What `function` returns; an exception is a failure, printed with where it came from, and gives None."""
        try:
            result = function(*arguments)
        except Exception as error:
            self.failed += 1
            frames = traceback.extract_tb(error.__traceback__)
            ours = [frame for frame in frames if Path(frame.filename).parent == Path(__file__).parent]
            where = f" ({Path(ours[-1].filename).name}:{ours[-1].lineno})" if ours else ""
            print(f"FAIL {name}{where}: {type(error).__name__}: {error}", flush=True)
        else:
            self.passed += 1
            print(f"ok   {name}", flush=True)
            return result
        return None

    def close(self):
        """The closing line; 0 when something was checked and all of it held."""
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed or not self.passed else 0


def main(spectra_checks, recording_checks=lambda count, slepian, recording: None):
    """Makes the recording and every study on every number of ranks, and calls the checks on them.

    `recording_checks(count, slepian, recording)` once, `spectra_checks(count, name, study, recording, container)` for each job.
    """
    if len(sys.argv) != 2:
        sys.exit(f"usage: {Path(sys.argv[0]).name} SLEPIAN")
    slepian = Path(sys.argv[1]).resolve()
    count = Count()
    with tempfile.TemporaryDirectory(prefix="slepian-readers-") as folder:
        recording = count.check("slepian synth makes a recording", synth, slepian, Path(folder))
        if recording:
            recording_checks(count, slepian, recording)
            for study, ranks in itertools.product(STUDIES, RANKS):
                name = f"{study} on {ranks} rank{'s' if ranks > 1 else ''}"
                container = count.check(f"{name}: slepian run", spectra, slepian, recording, study, ranks)
                if container:
                    spectra_checks(count, name, study, recording, container)
    sys.exit(count.close())
