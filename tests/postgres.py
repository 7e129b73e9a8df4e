"""PostgreSQL for tests: Debian's programs, run as a user without rights, on a socket in a short temporary folder.

`cluster()` gives the one server of a test process; it ends with the process, even when that is killed.
`Cluster` can also be started, stopped and killed by a test that wants a server of its own.
"""

import atexit
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import psycopg
from psycopg import sql

USER = "label"
_UNPRIVILEGED = ("postgres", "nobody")
_START_TIMEOUT_S = 30.0
# Every commit is on disk when it is acknowledged, as in operation; memory and connections fit a small machine.
_SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0777",  # the folder itself is closed to others
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "min_wal_size": "64MB",
    "max_wal_size": "512MB",
    "autovacuum_naptime": "10min",
    "log_min_messages": "fatal",
}


def programs() -> Path:
    """Give the folder of the newest PostgreSQL on this machine; there is no test on PostgreSQL without it."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    assert found, "the tests on PostgreSQL need its programs: apt-get install postgresql"
    return found[-1].parent


class Cluster:
    """A PostgreSQL server with its files in a folder of its own."""

    def __init__(self, primary: "Cluster | None" = None, **settings: str) -> None:
        """Make the files of a server that is not started yet; `settings` go over the usual ones.

        With a primary that runs it is a standby: a copy that follows until it is promoted.
        """
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self.data = self.folder / "data"
        self._settings = _SETTINGS | {"unix_socket_directories": f"'{self.folder}'"} | settings
        self._server: subprocess.Popen[bytes] | None = None
        if os.getuid() == 0:
            os.chown(self.folder, _user().pw_uid, _user().pw_gid)
        if primary:
            source = (f"--host={primary.folder}", f"--username={USER}")
            self.run("pg_basebackup", *source, f"--pgdata={self.data}", "--write-recovery-conf", "--checkpoint=fast")
        else:
            options = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8", f"--username={USER}")
            self.run("initdb", *options, f"--pgdata={self.data}")

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL to its end, as the user the server runs as."""
        done = subprocess.run(
            [*_as_user(), str(programs() / program), *arguments], cwd="/", capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = [part for name, value in self._settings.items() for part in ("-c", f"{name}={value.strip(chr(39))}")]
        command = [*_as_user("--pdeathsig=QUIT"), str(programs() / "postgres"), "-D", str(self.data), *options]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(command, cwd="/", stdout=log, stderr=log)
        end = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            assert self._server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, "PostgreSQL did not start in time"
            time.sleep(0.02)

    def demand_standby(self) -> None:
        """Let every commit wait for a standby from now on; returns once one follows."""
        with self.connect() as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
            connection.execute("SELECT pg_reload_conf()")
            end = time.monotonic() + _START_TIMEOUT_S
            while not connection.execute("SELECT FROM pg_stat_replication WHERE sync_state = 'sync'").fetchall():
                assert time.monotonic() < end, "no standby follows"
                time.sleep(0.02)

    def promote(self) -> None:
        """Make a standby that runs the primary; returns once it takes writes."""
        self.run("pg_ctl", "promote", f"--pgdata={self.data}")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT ends it in order, SIGQUIT as a crash would, SIGKILL leaves it no time at all."""
        if self._server:
            self._server.send_signal(how)
            self._server.wait(_START_TIMEOUT_S)
            self._server = None

    def remove(self) -> None:
        """End the server and remove its files."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        """Give the address of a database."""
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template1") -> str:
        """Make a database, as a copy of another that nobody is connected to, and give its address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        with self.connect() as connection:
            connection.execute(statement)
        return self.url(name)

    def names(self) -> set[str]:
        """Give the names of all databases."""
        with self.connect() as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def connect(self, name: str = "postgres") -> "psycopg.Connection[tuple[str, ...]]":
        """Connect to a database beside the service."""
        return psycopg.connect(self.url(name), autocommit=True)

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


@cache
def cluster() -> Cluster:
    """Give the server of this process, started when it is first asked for.

    It does not wait for the disk: processes are killed in tests, the machine is not.
    """
    server = Cluster(fsync="off", full_page_writes="off")
    server.start()
    atexit.register(server.remove)
    return server


def _as_user(*options: str) -> list[str]:
    """Give what runs a program as a user without rights; PostgreSQL refuses to run as root."""
    identity = ["--reuid", _user().pw_name, "--regid", str(_user().pw_gid), "--clear-groups"]
    return ["setpriv", *(identity if os.getuid() == 0 else ()), *options]


@cache
def _user() -> pwd.struct_passwd:
    known: dict[str, pwd.struct_passwd] = {user.pw_name: user for user in pwd.getpwall()}
    return next(known[name] for name in _UNPRIVILEGED if name in known)
