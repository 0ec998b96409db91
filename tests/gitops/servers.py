"""Real servers on loopback: an sshd with throw-away keys, and `git http-backend` behind a small CGI server."""

from __future__ import annotations

import base64
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

GIT_ENVIRONMENT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


def clean(**words: str) -> dict[str, str]:
    """This process's environment without git's variables and ours, with `words` added."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "MODELWRIGHT_", "SSH_", "XDG_"))}
    return kept | words


def git(folder: Path, *arguments: str, check: bool = True, **named: str) -> str:
    """The real git, cut off from this machine's configuration."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, env=clean(**GIT_ENVIRONMENT) | named, check=False
    )
    if check:
        assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def missing(reason: str) -> None:
    """Skip the test; under CI, where everything is installed, fail it."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@dataclass
class Server:
    """A way to reach the repositories below a folder, and what the client's environment must hold for it."""

    base: str
    environment: Mapping[str, str] = field(default_factory=dict)

    def url(self, path: Path) -> str:
        return f"{self.base}{path}"

    def settle(self) -> None:
        """Wait until what a killed client asked for is done."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def ssh_server(folder: Path) -> Iterator[Server]:
    """A real sshd that takes one key and runs git; `environment` carries a home with the host's key in known_hosts."""
    program = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    keygen = shutil.which("ssh-keygen")
    if program is None or keygen is None:
        missing("no sshd: install openssh-server")
        raise AssertionError
    home = folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    for name in (folder / "host", home / ".ssh" / "id_ed25519"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(name)], check=True)
    (folder / "authorized").write_text((home / ".ssh" / "id_ed25519.pub").read_text())
    port = _free_port()
    kind, key, *_ = (folder / "host.pub").read_text().split()
    (home / ".ssh" / "known_hosts").write_text(f"[127.0.0.1]:{port} {kind} {key}\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder / 'host'}\nPidFile {folder / 'pid'}\n"
        f"AuthorizedKeysFile {folder / 'authorized'}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nAllowAgentForwarding no\n"
        "AllowTcpForwarding no\nX11Forwarding no\nPrintMotd no\nMaxStartups 100\n"
    )
    log = (folder / "log").open("wb")
    server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    try:
        _wait_for(port, server, folder / "log")
        yield Server(f"ssh://{getpass.getuser()}@127.0.0.1:{port}", {"HOME": str(home)})
    finally:
        server.terminate()
        server.wait()
        log.close()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise AssertionError(f"sshd ended: {log.read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"sshd does not listen: {log.read_text()}")


@dataclass
class Web(Server):
    """The http server; what it was shown is kept."""

    users: dict[str, str] = field(default_factory=dict)
    """User -> password. Empty: everyone may write."""
    redirect: str = ""
    """Where every request is sent on to, when set."""
    seen: list[str] = field(default_factory=list)
    """The Authorization headers of all requests."""
    busy: list[object] = field(default_factory=list)
    """Requests at work."""

    def settle(self) -> None:
        quiet = 0
        while quiet < 5:
            time.sleep(0.02)
            quiet = 0 if self.busy else quiet + 1


class _HttpServer(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


@contextmanager
def http_server() -> Iterator[Web]:
    """`git http-backend` for every repository on this machine that has `http.receivepack` set."""
    if shutil.which("git") is None or not (_git_core() / "git-http-backend").exists():
        missing("no git http-backend")
    web = Web("")
    server = _HttpServer(("127.0.0.1", 0), _handler(web))
    server.daemon_threads = True
    web.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _git_core() -> Path:
    return Path(subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip())


def _handler(web: Web) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            pass

        def handle_one_request(self) -> None:
            web.busy.append(self)
            try:
                super().handle_one_request()
            finally:
                web.busy.remove(self)

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self._body())

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def _serve(self, body: bytes) -> None:
            given = self.headers.get("Authorization", "")
            web.seen.append(given)
            if web.redirect:
                self._answer(302, [("Location", web.redirect + self.path)], b"")
            elif web.users and given not in {_basic(u, p) for u, p in web.users.items()}:
                self._answer(401, [("WWW-Authenticate", 'Basic realm="git"')], b"")
            else:
                self._backend(body)

        def _backend(self, body: bytes) -> None:
            path, _, query = self.path.partition("?")
            variables = {
                "GIT_PROJECT_ROOT": "/",
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "REMOTE_ADDR": "127.0.0.1",
            }
            if web.users:
                variables["REMOTE_USER"] = "somebody"
            if encoding := self.headers.get("Content-Encoding"):
                variables["HTTP_CONTENT_ENCODING"] = encoding
            if protocol := self.headers.get("Git-Protocol"):
                variables["HTTP_GIT_PROTOCOL"] = protocol
            done = subprocess.run(
                [str(_git_core() / "git-http-backend")],
                input=body,
                capture_output=True,
                env=clean(**GIT_ENVIRONMENT, **variables),
                check=False,
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n") if ": " in line]
            status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
            self._answer(status, [(n, v) for n, v in headers if n != "Status"], content)

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
