"""The engine ``xllamacpp``: llama.cpp's own HTTP server, inside the worker. Only this file imports it."""

from __future__ import annotations

import xllamacpp

from models.engines import Running, WorkerConfig
from models.errors import ModelUnavailable


def parameters(config: WorkerConfig) -> xllamacpp.CommonParams:
    """llama.cpp's parameters for a worker: loopback, token, no page, no view on prompts, no download."""
    params = xllamacpp.CommonParams()
    params.model.path = str(config.model_path)
    params.model_alias = {config.alias}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config.token.get_secret_value()]
    params.n_ctx = config.context_tokens
    params.n_parallel = config.parallel
    params.kv_unified = False  # each place has its own share: a long prompt cannot starve its neighbour
    params.cpuparams.n_threads = config.threads
    params.cpuparams_batch.n_threads = config.threads
    params.cache_prompt = True
    params.cache_ram_mib = config.prompt_cache_mib
    params.endpoint_props = params.endpoint_slots = params.endpoint_metrics = False  # they show prompts
    params.ui = False
    params.cors_origins = ""
    params.cors_credentials = False
    params.offline = True
    params.verbosity = 0
    return params


def start(config: WorkerConfig) -> Running:
    """See ``models.engines``. Continuous batching over ``config.parallel`` places."""
    try:
        server = xllamacpp.Server(parameters(config))
    except RuntimeError as error:
        raise ModelUnavailable("xllamacpp could not load the model file, or has too little memory") from error
    return Running(str(server.listening_address), server)
