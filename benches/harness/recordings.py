"""Recordings of white noise that `slepian synth` makes, kept from run to run."""
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Recording:
    """Trials × channels × samples in single precision, a Syncopy container."""

    container: Path
    n_trials: int
    n_channels: int
    n_samples: int
    sample_rate_hz: float = 1000

    @property
    def data(self):
        return next(self.container.glob("*.analog"))

    @property
    def bytes(self):
        return 4 * self.n_trials * self.n_channels * self.n_samples

    def job(self, freqanalysis, *, workers=1, double=False, **more):
        """What benches/compute.rs and the competitors read: where the samples lie and what is to be computed."""
        info = json.loads(Path(f"{self.data}.info").read_text())
        return dict(
            file=str(self.data), offset=info["data_offset"], n_trials=self.n_trials, n_samples=self.n_samples,
            n_channels=self.n_channels, sample_rate_hz=self.sample_rate_hz, workers=workers, double=double,
            freqanalysis=freqanalysis, **more,
        )


def make(slepian, folder, n_trials=100, n_channels=64, n_samples=2000):
    """The recording of this size in `folder`."""
    container = folder / f"noise_{n_trials}x{n_channels}x{n_samples}.spy"
    if not list(container.glob("*.info")):
        subprocess.run(
            [slepian, "synth", "white_noise", "--trials", str(n_trials), "--channels", str(n_channels), "--samples",
             str(n_samples), "--sample-rate", "1000", "--seed", "1", "-o", container, "--overwrite"],
            check=True, stdout=subprocess.DEVNULL,
        )
        # what is still on its way to the disk would be written while the clock runs
        os.sync()
    return Recording(container, n_trials, n_channels, n_samples)
