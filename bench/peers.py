"""The proxies that are compared, each doing the same work on one thread: one host and path prefix, the X-Forwarded
headers, kept-alive upstream connections, no access log."""

import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import machine

HOST = "bench.test"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"

NGINX = """daemon off; worker_processes 1; error_log stderr crit; pid {dir}/nginx.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 100000000; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p;
  fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s; client_body_buffer_size 64k;
  proxy_buffers 8 32k; {more}
  upstream origin {{ server 127.0.0.1:{origin}; keepalive 256; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{port}; server_name {host};
    location / {{ proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Real-Ip $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host; proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Forwarded-Server bench; }} }} }}
"""
HAPROXY = """global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 30s
  timeout client 180s
  timeout server 180s
  option http-keep-alive
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  acl mine hdr(host) {host}
  http-request set-header X-Forwarded-For %[src]
  http-request set-header X-Real-Ip %[src]
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Forwarded-Port {port}
  http-request set-header X-Forwarded-Server bench
  use_backend origin if mine
backend origin
  server s1 127.0.0.1:{origin} pool-max-conn 256
"""
CADDY = """{{
  admin off
  auto_https off
  log {{
    output discard
  }}
}}
http://{host}:{port} {{
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:{origin} {{
    header_up X-Real-Ip {{remote_host}}
    header_up X-Forwarded-Port {port}
    header_up X-Forwarded-Server bench
    transport http {{
      keepalive_idle_conns_per_host 256
    }}
  }}
}}
"""
POINTSMAN = """[frontends.bench]
backend = "bench"
passHostHeader = true
  [frontends.bench.routes.r]
  rule = "Host:{host};PathPrefix:/"
[backends.bench.servers.s1]
url = "http://127.0.0.1:{origin}"
"""
ORIGIN = """daemon off; worker_processes 1; error_log stderr crit; pid {dir}/nginx.pid;
events {{ worker_connections 8192; }}
http {{ access_log off; keepalive_requests 100000000; client_body_buffer_size 64k; client_body_temp_path {dir}/b;
  proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {{ listen 127.0.0.1:{port}; root {dir}; default_type text/plain; open_file_cache max=10;
    location = /20 {{ return 200 "twenty bytes of text"; }}
    location = /post {{ client_max_body_size 1m; return 200 "ok"; }} }} }}
"""


@dataclass
class Running:
    """A started program: the process to stop and what to measure."""

    process: subprocess.Popen[bytes]
    port: int
    name: str = ""

    def pids(self) -> list[int]:
        """The processes that count: all it started, or those called `name`."""
        return machine.named(self.process.pid, self.name) if self.name else machine.children(self.process.pid)

    def stop(self) -> None:
        """Ends it and waits."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(folder: Path, core: int, port: int, *command: str, **environment: str) -> Running:
    """Starts a program pinned to a core, waits until it accepts on `port`, and finds its processes."""
    with open(folder / "output", "ab") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],
            stdout=output,
            stderr=output,
            cwd=folder,
            env={**os.environ, "PATH": PATH, **environment},
        )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Running(process, port)
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    raise SystemExit(f"{command[0]} did not start:\n{(folder / 'output').read_text()}")


def origin(folder: Path, core: int = 1) -> Running:
    """The upstream everybody shares: nginx answering 20 B, 1 KiB, 100 KiB and POSTs."""
    port = free_port()
    folder.mkdir(parents=True)
    (folder / "1k").write_bytes(b"k" * 1024)
    (folder / "100k").write_bytes(b"c" * 102_400)
    (folder / "nginx.conf").write_text(ORIGIN.format(dir=folder, port=port))
    return launch(folder, core, port, "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"))


def nginx(folder: Path, upstream: int, more: str = "", config: str = NGINX) -> Running:
    """nginx, one worker; `more` goes into its http block."""
    port = free_port()
    (folder / "nginx.conf").write_text(config.format(dir=folder, port=port, origin=upstream, host=HOST, more=more))
    return launch(folder, 0, port, "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"))


def haproxy(folder: Path, upstream: int) -> Running:
    """HAProxy, one thread."""
    port = free_port()
    (folder / "haproxy.cfg").write_text(HAPROXY.format(port=port, origin=upstream, host=HOST))
    return launch(folder, 0, port, "haproxy", "-db", "-q", "-f", str(folder / "haproxy.cfg"))


def caddy(folder: Path, upstream: int) -> Running:
    """Caddy, one running goroutine at a time."""
    port = free_port()
    (folder / "Caddyfile").write_text(CADDY.format(port=port, origin=upstream, host=HOST))
    return launch(
        folder, 0, port, "caddy", "run", "--config", str(folder / "Caddyfile"), GOMAXPROCS="1", HOME=str(folder)
    )


def pointsman(folder: Path, upstream: int, rules: str = POINTSMAN, more: str = "", *flags: str) -> Running:
    """Pointsman, one proxy thread; only its time counts (the controller idles). `more` is said of its entry point."""
    port = free_port()
    (folder / "rules.toml").write_text(rules.format(origin=upstream, host=HOST))
    (folder / "pointsman.toml").write_text("")
    program = shutil.which("pointsman") or str(Path(__file__).parent.parent / ".venv/bin/pointsman")
    running = launch(
        folder, 0, port, program, f"--configFile={folder}/pointsman.toml", f"--file.filename={folder}/rules.toml",
        f"--entryPoints=Name:http Address:127.0.0.1:{port} {more}", "--threads=1", "--logLevel=ERROR", *flags,
    )  # fmt: skip
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with socket.create_connection(("127.0.0.1", port), 5) as client:
            client.sendall(f"GET /20 HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
            if client.recv(65536).startswith(b"HTTP/1.1 200"):
                running.name = "pointsman-proxy"
                return running
        time.sleep(0.05)
    running.stop()
    raise SystemExit(f"pointsman did not answer:\n{(folder / 'output').read_text()}")


PEERS = {"pointsman": pointsman, "nginx": nginx, "haproxy": haproxy, "caddy": caddy}
VERSIONS = {
    "nginx": ("/usr/sbin/nginx", "-v"),
    "haproxy": ("/usr/sbin/haproxy", "-v"),
    "caddy": ("/usr/bin/caddy", "version"),
}
