"""A Slurm of our own: one node, pretended GPUs, all of it in one folder.

The tests use it, and so can you, with Debian's packages slurm-wlm and munge:

    python tests/slurm/cluster.py /tmp/slurm    # runs until Ctrl-C; says what to export
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd")
COMMANDS = ("sbatch", "srun", "squeue", "scancel", "scontrol", "sinfo")
# Where the settings of a Slurm stand, and what runs where there is one.
CONFIGURED = ("/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf")
RUNNING = ("slurmctld", "slurmd")
# Files for devices: whoever looks for a GPU in them finds none.
GPUS = ("/dev/null", "/dev/zero")
CONFIGURATION = """
ClusterName=dlia
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
# Processes are found by their parents: no cgroups are needed, nor a system that is booted.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
GresTypes=gpu
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
# Jobs that have ended can be asked about for two hours.
MinJobAge=7200
# More CPUs than there are, so that jobs wait for GPUs and for nothing else.
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=16 RealMemory=100000 Gres=gpu:fake:{gpus}
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def hindrance() -> str:
    """Say why no Slurm can or may be started here, or nothing."""
    if sys.platform != "linux":
        return "Slurm runs on Linux"
    if missing := [name for name in (*DAEMONS, *COMMANDS) if not _program(name)]:
        return f"{', '.join(missing)} missing: apt-get install slurm-wlm munge"
    if "SLURM_CONF" in os.environ or "SLURM_JOB_ID" in os.environ:
        return "this is a Slurm cluster: its own settings are in the environment"
    if configured := [path for path in CONFIGURED if Path(path).exists()]:
        return f"there is a Slurm on this machine: {configured[0]}"
    if running := [name for name in RUNNING if name in _running()]:
        return f"there is a Slurm on this machine: {running[0]} runs"
    return ""


class Cluster:
    """A Slurm that runs from ``start`` to ``stop``.

    Args:
        folder: Where all its files are; it is made, and has to have a short path, as sockets do.
        gpus: How many it pretends to have, two at most.
    """

    def __init__(self, folder: Path, gpus: int = 2) -> None:
        self.folder, self.gpus = folder, gpus
        self.processes: list[subprocess.Popen[bytes]] = []

    @property
    def environment(self) -> dict[str, str]:
        """Give the environment in which Slurm's commands speak to this one."""
        path = f"{self.folder / 'bin'}:{os.environ.get('PATH', '')}"
        return {**os.environ, "SLURM_CONF": str(self.folder / "slurm.conf"), "PATH": path}

    def start(self) -> None:
        """Start it, and wait until its node takes jobs."""
        if reason := hindrance():
            raise RuntimeError(reason)
        for name in ("state", "spool", "bin"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o400)
        self._configure()
        files = {"key": "key", "socket": "socket", "pid": "pid", "log": "log", "seed": "seed"}
        named = [f"--{kind}-file={self.folder}/munge.{file}" for kind, file in files.items()]
        named[1] = f"--socket={self.folder}/munge.socket"
        self._run("munged", "--foreground", "--force", *named)
        self._wait_for("munge.socket", lambda: (self.folder / "munge.socket").exists())
        self._run("slurmctld", "-D")
        self._run("slurmd", "-D")
        self._wait_for("an idle node", lambda: self.ask("sinfo", "-h", "-o", "%T") == "idle")

    def stop(self) -> None:
        """End all its jobs, then itself, and remove its folder."""
        if len(self.processes) == len(DAEMONS):
            self.ask("scancel", "--quiet", "--user", _user())
            latest = time.monotonic() + 45
            while self.ask("squeue", "-h") and time.monotonic() < latest:
                time.sleep(0.2)
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def ask(self, *words: str) -> str:
        """Run one of Slurm's commands; give what it says, or nothing if it fails."""
        answer = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=False
        )
        return "" if answer.returncode else answer.stdout.strip()

    def _configure(self) -> None:
        host = socket.gethostname().split(".")[0]
        facts = {
            "host": host,
            "user": _user(),
            "folder": self.folder,
            "ports": _free_ports(2),
            "gpus": self.gpus,
        }
        (self.folder / "slurm.conf").write_text(CONFIGURATION.format(**facts))
        # Within a job, Snakemake's plugin takes all of Slurm's variables from srun, this one too.
        srun = self.folder / "bin/srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {_program("srun")} "$@"\n'
        )
        srun.chmod(0o755)
        gpus = [f"Name=gpu Type=fake File={file}\n" for file in GPUS[: self.gpus]]
        (self.folder / "gres.conf").write_text("".join(gpus))

    def _run(self, name: str, *words: str) -> None:
        with (self.folder / f"{name}.out").open("wb") as out:
            process = subprocess.Popen(
                [_program(name) or name, *words],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)

    def _wait_for(self, what: str, is_there) -> None:
        latest = time.monotonic() + 60
        while not is_there():
            ended = [process.args[0] for process in self.processes if process.poll() is not None]
            if ended or time.monotonic() > latest:
                said = "".join(path.read_text() for path in sorted(self.folder.glob("*.out")))
                raise RuntimeError(f"no {what} (ended: {ended}):\n{said}")
            time.sleep(0.1)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _user() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def _running() -> set[str]:
    """Give the names of all processes that can be seen."""
    names = set()
    for file in Path("/proc").glob("[0-9]*/comm"):
        try:
            names.add(file.read_text().strip())
        except OSError:  # it has just ended
            continue
    return names


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def main() -> None:
    """Run a Slurm until SIGINT or SIGTERM, in the folder that the first word names."""
    if len(sys.argv) != 2 or Path(sys.argv[1]).exists():
        sys.exit("usage: python tests/slurm/cluster.py FOLDER (one that is not there yet)")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    cluster = Cluster(Path(sys.argv[1]).absolute())
    try:
        cluster.start()
        variables = f"SLURM_CONF={cluster.folder}/slurm.conf PATH={cluster.folder}/bin:$PATH"
        print(f"export {variables}", flush=True)
        signal.pause()
    except KeyboardInterrupt:
        pass
    except RuntimeError as error:
        sys.exit(str(error))
    finally:
        cluster.stop()


if __name__ == "__main__":
    main()
