"""What the figures were measured on."""
import os
import platform
import re
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path


def output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def processor():
    names = re.findall(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.M)
    return names[0] if names else platform.machine()


def memory_gib():
    return int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1]) / 2**20


def distribution():
    release = Path("/etc/os-release")
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', release.read_text(), re.M) if release.exists() else None
    return found[1] if found else platform.system()


def commit():
    name = output("git", "rev-parse", "--short=10", "HEAD")
    changed = output("git", "status", "--porcelain", "--", "src", "Cargo.toml", "Cargo.lock")
    return f"{name or 'unknown'}{' with changes' if changed else ''}"


def load():
    return os.getloadavg()[0]


def now():
    return datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def facts(slepian, folder):
    """Name and value of what should be known."""
    hdf5 = re.search(r"H5_VERS_INFO\s+\"HDF5 library version: ([^\"]*)", headers()) or ["", "unknown"]
    return {
        "Processor": f"{processor()}, {len(os.sched_getaffinity(0))} cores",
        "Memory": f"{memory_gib():.1f} GiB",
        "System": f"{distribution()}, Linux {platform.release()}",
        "Disk": f"{output('stat', '-f', '-c', '%T', folder)}, {shutil.disk_usage(folder).free / 2**30:.0f} GiB free",
        "Slepian": f"{output(slepian, '--version').removeprefix('slepian ')}",
        "Rust": output("rustc", "--version").removeprefix("rustc "),
        "MPI": output("mpiexec", "--version").split("\n")[0],
        "HDF5": hdf5[1],
    }


def headers():
    """HDF5's public header, as pkg-config finds it."""
    for flag in output("pkg-config", "--cflags-only-I", "hdf5").split():
        header = Path(flag.removeprefix("-I")) / "H5public.h"
        if header.exists():
            return header.read_text(errors="replace")
    return ""
