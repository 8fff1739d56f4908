"""Syncopy from container to container: load, freqanalysis with any parameters and, if asked, save. Its import is not timed.

Sequentially, or on Dask workers of one thread each, which are started before the clock. Syncopy computes a checksum of
everything it saves and has no switch for that: here its hash function gives nothing, as ours is switched off.
"""
import atexit
import os
import shutil
import sys
import warnings
from pathlib import Path

import serve

job = serve.job()

# Syncopy reads these at import. Its store holds every result until it is saved, so it is on the disk that is timed
home = Path(job["scratch"]) / f"syncopy-{os.getpid()}"
for variable, folder in (
    ("SPYDIR", "spy"), ("SPYTMPDIR", "spy/tmp_storage"), ("SPYLOGDIR", "spy/logs"), ("MPLCONFIGDIR", "matplotlib"),
    ("DASK_CONFIG", "dask"),
):
    os.environ[variable] = str(home / folder)
    (home / folder).mkdir(parents=True, exist_ok=True)
os.environ.update(
    SPYSILENTSTARTUP="1", SPYLOGLEVEL="ERROR", SPYPARLOGLEVEL="ERROR", MPLBACKEND="agg",
    DASK_DISTRIBUTED__ADMIN__TICK__LIMIT="1h",
)


def cpu_seconds():
    """Of this process and its workers."""
    mine = psutil.Process()
    times = [process.cpu_times() for process in [mine, *mine.children(recursive=True)]]
    return sum(time.user + time.system for time in times)


def clear():
    shutil.rmtree(job["result"], ignore_errors=True)


def compute():
    recording = spy.load(job["container"])
    spectra = spy.freqanalysis(recording, parallel=job["workers"] > 1, **job["freqanalysis"])
    if job["saves"]:
        spectra.save(container=job["result"])


# Dask's workers import the main module again
if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import dask.distributed
        import numpy as np
        import psutil
        import syncopy as spy
        import syncopy.io.save_spy_container as saving

    sys.excepthook = sys.__excepthook__
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    saving.hash_file = lambda *_: None
    client = None
    if job["workers"] > 1:
        cluster = dask.distributed.LocalCluster(
            n_workers=job["workers"], threads_per_worker=1, local_directory=home, dashboard_address=None
        )
        client = dask.distributed.Client(cluster)
    clear()
    compute()  # what Syncopy imports and its workers load at the first call
    serve.loop(compute, {"Syncopy": spy.__version__, "NumPy of Syncopy": np.__version__}, cpu_seconds, clear)
    if client is not None:
        client.close()
        cluster.close()
