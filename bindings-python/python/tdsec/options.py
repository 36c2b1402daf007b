"""The keyword arguments of connect: the core's registry of options, for type checkers and for the documentation."""

from __future__ import annotations

from typing import Any, TypedDict

from . import _tdsec


class ConnectOptions(TypedDict, total=False):
    """Options by their canonical names; every other connector's spelling is understood too (docs/options.md)."""

    host: Any
    port: Any
    database: Any
    protocol: Any
    bearer_token: Any
    user: Any
    password: Any
    totp_code: Any
    token: Any
    tls: Any
    tls_ca: Any
    tls_system_roots: Any
    tls_pin: Any
    tls_version: Any
    tls_min_version: Any
    tls_max_version: Any
    tls_mode: Any
    disable_ssl_cert_validation: Any
    danger_tls_verification: Any
    danger_token_without_verification: Any
    danger_token_over_plaintext: Any
    timezone: Any
    bi_mode: Any
    user_app: Any
    user_ip: Any
    connect_timeout: Any
    request_timeout: Any
    keepalive: Any
    max_message_bytes: Any
    compression: Any
    conn_retries: Any
    retry_backoff_ms: Any
    retry_backoff_max_ms: Any
    enable_auto_reconnect: Any
    adapter_ha: Any
    write_timeout: Any
    tcp_nodelay: Any
    interpolate_params: Any
    product_name: Any
    batch_fetch: Any
    varchar_as_string: Any
    read_buffer_size: Any
    http_socket_timeout: Any
    http_pool_size: Any
    max_concurrent_request: Any
    rebalance_threshold: Any
    health_check_init_interval: Any
    stmt_bind_mode: Any
    log_dir: Any
    slave_cluster_host: Any
    async_write: Any
    charset: Any
    cfgdir: Any


def documentation() -> str:
    """A line for each option that has an effect: name, type, default, what it does."""
    lines = []
    for name, kind, default, applied, _secret, doc, requirements in _tdsec.options():
        if applied and name != "address":
            source = f" ({', '.join(requirements)})" if requirements else ""
            preset = f", default {default}" if default else ""
            lines.append(f"        {name}: {kind}{preset}. {doc}{source}")
    return "\n".join(lines)
